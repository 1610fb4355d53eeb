/**
 * The tfjs layers-model format: a model.json that stock `tf.loadLayersModel` reads, beside a weights.bin that is our
 * flat parameter vector as it lies in memory.
 */
import type { ModelDescription } from '../../model/description.ts';
import { definitionOf } from '../../model/layers/index.ts';
import { type ParameterSegment, parameterSegments } from '../../model/parameters.ts';
import { weightsFile } from './files.ts';

/** The content of model.json: topology as Keras names it, and where in weights.bin each tensor lies. */
export function modelJson(model: ModelDescription): object {
  return {
    format: 'layers-model',
    generatedBy: 'Lookback',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'lookback', layers: layers(model) },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: [weightsFile], weights: weightEntries(model) }],
  };
}

function layers(model: ModelDescription): object[] {
  const input = { batch_input_shape: [null, null, model.input.features], dtype: 'float32' };
  const recurrent = model.layers.map((layer, l) => {
    const { className, config } = definitionOf(layer).keras;
    // Only the last layer may keep what it puts out before the end to itself.
    const returnsSequences = l < model.layers.length - 1 || model.head.at === 'every-step';
    return {
      class_name: className,
      config: {
        name: layerName(model, l),
        ...config(layer),
        return_sequences: returnsSequences,
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
  return parameterSegments(model).map((segment) => ({
    name: `${layerName(model, segment.layer)}/${weightName(model, segment)}`,
    shape: segment.shape,
    dtype: 'float32',
  }));
}

function weightName({ layers }: ModelDescription, { layer, name }: ParameterSegment): string {
  const isHead = layer === layers.length;
  return isHead ? name : definitionOf(layers[layer]).keras.weights[name];
}

function layerName({ layers }: ModelDescription, layer: number): string {
  return layer < layers.length ? `${layers[layer].kind}_${layer + 1}` : 'softmax';
}
