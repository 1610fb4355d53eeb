/**
 * The tfjs layers-model format: a model.json that stock `tf.loadLayersModel` reads, beside a file of weights that is our
 * flat parameter vector as it lies in memory.
 */
import { joinedArrays } from '../model/arrays.ts';
import type { ModelDescription } from '../model/description.ts';
import { definitionOf } from '../model/layers/index.ts';
import { identityMatrix, isAsItIs, type RawInputs, standardizingStages } from './graph-inputs.ts';
import { layerName, namedTensors, returnsSequences } from './tensors.ts';

/** Layers in front of the network that encode its inputs, and the numbers that they need, in a file of their own. */
export interface TfjsEncoding {
  file: string;
  /** First one first; at least one. */
  layers: { className: string; config: Record<string, unknown>; weights: EncodingWeight[] }[];
}

interface EncodingWeight {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/**
 * The content of model.json: topology as Keras names it, and where in the file of weights each tensor lies. Its bytes
 * are part of a checkpoint.
 * @param encoding undefined: inputs come encoded.
 */
export function modelJson(model: ModelDescription, weightsFile: string, encoding?: TfjsEncoding): object {
  const own = encoding ? [{ paths: [encoding.file], weights: encodingEntries(encoding) }] : [];
  return {
    format: 'layers-model',
    generatedBy: 'Lookback',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'lookback', layers: [...encodingLayers(encoding), ...layers(model, encoding === undefined)] },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: [weightsFile], weights: weightEntries(model) }, ...own],
  };
}

/** @returns undefined: nothing has to be done to them. */
export function tfjsEncoding(
  { input: { features } }: ModelDescription,
  raw: RawInputs,
  file: string,
): TfjsEncoding | undefined {
  if (isAsItIs(raw)) return undefined;
  if (raw.kind === 'places') {
    // In tfjs the type is that of the weights, too; places are cast to integers.
    const input = { batch_input_shape: [null, null], dtype: 'float32' };
    const config = { name: 'one_hot', input_dim: features, output_dim: features, ...input };
    const weights = [{ name: 'one_hot/embeddings', shape: [features, features], values: identityMatrix(features) }];
    return { file, layers: [{ className: 'Embedding', config, weights }] };
  }
  const stages = standardizingStages(raw).map(({ mean, scale }, n) => {
    const name = `standardize_${n + 1}`;
    const input = n === 0 ? { batch_input_shape: [null, null, features], dtype: 'float32' } : {};
    const vectors = {
      gamma: scale.map((value) => 1 / value),
      beta: mean.map(() => 0),
      moving_mean: mean,
      moving_variance: mean.map(() => 1),
    };
    const weights = Object.entries(vectors).map(([vector, values]) => ({
      name: `${name}/${vector}`,
      shape: [features],
      values: Float32Array.from(values),
    }));
    return { className: 'BatchNormalization', config: { name, axis: -1, epsilon: 0, ...input }, weights };
  });
  return { file, layers: stages };
}

/** The content of its file. */
export function encodingBytes({ layers }: TfjsEncoding): Uint8Array {
  const { buffer } = joinedArrays(layers.flatMap(({ weights }) => weights.map(({ values }) => values)));
  return new Uint8Array(buffer);
}

function encodingLayers(encoding: TfjsEncoding | undefined): object[] {
  return (encoding?.layers ?? []).map(({ className, config }) => ({ class_name: className, config }));
}

function encodingEntries({ layers }: TfjsEncoding): object[] {
  return layers.flatMap(({ weights }) => weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })));
}

function layers(model: ModelDescription, takesInputs: boolean): object[] {
  const input = takesInputs ? { batch_input_shape: [null, null, model.input.features], dtype: 'float32' } : {};
  const recurrent = model.layers.map((layer, l) => {
    const { className, config } = definitionOf(layer).keras;
    return {
      class_name: className,
      config: {
        name: layerName(model, l),
        ...config(layer),
        return_sequences: returnsSequences(model, l),
        ...(l === 0 ? input : {}),
      },
    };
  });
  const softmax = {
    class_name: 'Dense',
    config: {
      name: layerName(model, model.layers.length),
      units: model.head.classes,
      activation: 'softmax',
      use_bias: true,
    },
  };
  return [...recurrent, softmax];
}

function weightEntries(model: ModelDescription): object[] {
  return namedTensors(model).map(({ fullName, shape }) => ({ name: fullName, shape, dtype: 'float32' }));
}
