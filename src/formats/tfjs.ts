/**
 * The tfjs layers-model format: a model.json that stock `tf.loadLayersModel` reads, beside a file of weights that is our
 * flat parameter vector as it lies in memory.
 */
import type { ModelDescription } from '../model/description.ts';
import { definitionOf } from '../model/layers/index.ts';
import { layerName, namedTensors, returnsSequences } from './tensors.ts';

/**
 * The content of model.json: topology as Keras names it, and where in the file of weights each tensor lies. Its bytes
 * are part of a checkpoint.
 */
export function modelJson(model: ModelDescription, weightsFile: string): object {
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
