/**
 * The tfjs layers-model format: a model.json that stock `tf.loadLayersModel` reads, beside a weights.bin that is our flat parameter vector as it lies in memory.
 */
import type { ModelShape } from '../model/description.ts';
import { parameterSegments } from '../model/parameters.ts';
import { weightsFile } from './files.ts';

/** The content of model.json: topology as Keras names it, and where in weights.bin each tensor lies. */
export function modelJson(shape: ModelShape): object {
  return {
    format: 'layers-model',
    generatedBy: 'Lookback',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'lookback', layers: layers(shape) },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: [weightsFile], weights: weightEntries(shape) }],
  };
}

function layers({ features, units, classes }: ModelShape): object[] {
  const input = { batch_input_shape: [null, null, features], dtype: 'float32' };
  const lstms = units.map((width, layer) => ({
    class_name: 'LSTM',
    config: {
      name: layerName(layer, units.length),
      units: width,
      activation: 'tanh',
      recurrent_activation: 'sigmoid',
      use_bias: true,
      unit_forget_bias: true,
      return_sequences: true,
      ...(layer === 0 ? input : {}),
    },
  }));
  const softmax = {
    class_name: 'Dense',
    config: { name: layerName(units.length, units.length), units: classes, activation: 'softmax', use_bias: true },
  };
  return [...lstms, softmax];
}

function weightEntries(shape: ModelShape): object[] {
  const tensorNames = { kernel: 'kernel', recurrent: 'recurrent_kernel', bias: 'bias' };
  return parameterSegments(shape).map((segment) => ({
    name: `${layerName(segment.layer, shape.units.length)}/${tensorNames[segment.name]}`,
    shape: segment.shape,
    dtype: 'float32',
  }));
}

function layerName(layer: number, lstmLayers: number): string {
  return layer < lstmLayers ? `lstm_${layer + 1}` : 'softmax';
}
