/**
 * A model as the layers of a Keras model, in the order in which Keras keeps them.
 *
 * Keras' recurrent layers start from zero, or from tensors that they are given. A model whose sequences start from a
 * state of its own gets that from the biases of dense layers, the input of which is always zero: constants that load
 * without any code of ours.
 */
import type { ModelDescription } from '../../model/description.ts';
import { definitionOf, outputsOf } from '../../model/layers/index.ts';
import { parameterSegments } from '../../model/parameters.ts';
import { stateSegments } from '../../model/state.ts';
import { identityMatrix, isAsItIs, type RawInputs, standardizingStages } from '../graph-inputs.ts';
import { layerName, returnsSequences } from '../tensors.ts';

export interface KerasLayer {
  className: string;
  name: string;
  config: Record<string, unknown>;
  /** Shape of what it puts out; null: of any length. */
  output: (number | null)[];
  /** Type of its numbers, float32 if not told. */
  dtype?: 'int32';
  /** Names of the layers whose output it takes, and of those that give it its state. */
  input: string | null;
  state: string[];
  /** In the order of `get_weights()`. */
  weights: KerasWeight[];
}

export interface KerasWeight {
  shape: readonly number[];
  /** Where its numbers begin in the flat parameter vector, or in the state vectors of one row. */
  from: { parameters: number } | { state: number } | { constant: Float32Array } | 'zeros';
}

/**
 * @param hasInitialState whether sequences start from a state of the model's own.
 * @param raw how the model encodes steps that come as they are; null: they come encoded.
 */
export function kerasLayers(
  model: ModelDescription,
  hasInitialState: boolean,
  raw: RawInputs | null = null,
): KerasLayer[] {
  const inputs = inputLayers(model.input.features, raw);
  const encoded = inputs.at(-1)!;
  return [
    ...inputs,
    ...(hasInitialState ? alwaysZero(model.input.features, encoded.name) : []),
    ...model.layers.flatMap((_, l) => {
      const initialState = hasInitialState ? initialStateOf(model, l) : [];
      return [...initialState, recurrentLayer(model, l, initialState, encoded.name)];
    }),
    softmaxLayer(model),
  ];
}

/** The input, and the layers that encode it. */
function inputLayers(features: number, raw: RawInputs | null): KerasLayer[] {
  const shape = [null, null, features];
  const input = (batchShape: (number | null)[]): KerasLayer => ({
    className: 'InputLayer',
    name: 'inputs',
    config: { batch_shape: batchShape },
    output: batchShape,
    input: null,
    state: [],
    weights: [],
  });
  if (raw === null || isAsItIs(raw)) return [input(shape)];
  if (raw.kind === 'places') {
    const config = { input_dim: features, output_dim: features, trainable: false };
    const weights: KerasWeight[] = [{ shape: [features, features], from: { constant: identityMatrix(features) } }];
    const oneHot = {
      className: 'Embedding',
      name: 'one_hot',
      config,
      output: shape,
      input: 'inputs',
      state: [],
      weights,
    };
    return [{ ...input([null, null]), dtype: 'int32' }, oneHot];
  }
  const stages = standardizingStages(raw).map(({ mean, scale }, n) => ({
    className: 'Normalization',
    name: `standardize_${n + 1}`,
    config: { axis: [-1], mean, variance: scale.map((value) => value * value) },
    output: shape,
    input: n === 0 ? 'inputs' : `standardize_${n}`,
    state: [],
    weights: [],
  }));
  return [input(shape), ...stages];
}

/** One number for each sequence, which is zero. @param encoded name of the layer that puts out encoded steps. */
function alwaysZero(features: number, encoded: string): KerasLayer[] {
  const greatest = { className: 'GlobalMaxPooling1D', name: 'greatest', config: {}, output: [null, features] };
  const zero = { className: 'Dense', name: 'zero', config: { units: 1, use_bias: false }, output: [null, 1] };
  return [
    { ...greatest, input: encoded, state: [], weights: [] },
    { ...zero, input: greatest.name, state: [], weights: [{ shape: [features, 1], from: 'zeros' }] },
  ];
}

function initialStateOf(model: ModelDescription, l: number): KerasLayer[] {
  return stateSegments(model, 1)
    .filter(({ layer }) => layer === l)
    .map(({ name, width, offset }) => ({
      className: 'Dense',
      name: `${layerName(model, l)}_${name}`,
      config: { units: width },
      output: [null, width],
      input: 'zero',
      state: [],
      weights: [
        { shape: [1, width], from: 'zeros' },
        { shape: [width], from: { state: offset } },
      ],
    }));
}

function recurrentLayer(model: ModelDescription, l: number, initialState: KerasLayer[], encoded: string): KerasLayer {
  const description = model.layers[l];
  const { className, config } = definitionOf(description).keras;
  const hasAllSteps = returnsSequences(model, l);
  return {
    className,
    name: layerName(model, l),
    config: { ...config(description), return_sequences: hasAllSteps },
    output: outputShape(hasAllSteps, outputsOf(description)),
    input: l === 0 ? encoded : layerName(model, l - 1),
    state: initialState.map(({ name }) => name),
    weights: weightsOf(model, l),
  };
}

function softmaxLayer(model: ModelDescription): KerasLayer {
  const { classes, at } = model.head;
  const l = model.layers.length;
  return {
    className: 'Dense',
    name: layerName(model, l),
    config: { units: classes, activation: 'softmax' },
    output: outputShape(at === 'every-step', classes),
    input: layerName(model, l - 1),
    state: [],
    weights: weightsOf(model, l),
  };
}

function outputShape(hasAllSteps: boolean, width: number): (number | null)[] {
  return hasAllSteps ? [null, null, width] : [null, width];
}

function weightsOf(model: ModelDescription, l: number): KerasWeight[] {
  return parameterSegments(model)
    .filter(({ layer }) => layer === l)
    .map(({ shape, offset }) => ({ shape, from: { parameters: offset } }));
}
