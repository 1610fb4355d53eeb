/**
 * The model.json of a checkpoint: a tfjs layers model, so that stock `tf.loadLayersModel` can load what was trained here. Its weights.bin is the flat parameter vector, byte for byte.
 *
 * The format is that of tfjs 4.22 (tfjs-core/src/io/types.ts, `ModelJSON`), whose topology is Keras' JSON.
 */
import { z } from 'zod';
import { type ModelShape, parameterSegments } from '../engine/model.ts';
import { CorruptCheckpointError } from '../errors.ts';

/** The file that `weightsManifest` names: the flat vector as little-endian float32. */
export const weightsFile = 'weights.bin';

const LstmLayer = z.object({
  class_name: z.literal('LSTM'),
  config: z.object({
    name: z.string(),
    units: z.int().positive(),
    batch_input_shape: z.tuple([z.null(), z.null(), z.int().positive()]).optional(),
  }),
});

const DenseLayer = z.object({
  class_name: z.literal('Dense'),
  config: z.object({ name: z.string(), units: z.int().positive() }),
});

/** As much of a model.json as it takes to read the shape back. */
const TfjsModel = z.object({
  modelTopology: z.object({
    class_name: z.literal('Sequential'),
    config: z.object({ layers: z.array(z.discriminatedUnion('class_name', [LstmLayer, DenseLayer])).min(2) }),
  }),
  weightsManifest: z.tuple([
    z.object({
      paths: z.tuple([z.string()]),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.int().positive()), dtype: z.literal('float32') })),
    }),
  ]),
});

/** The model.json, as a plain object. */
export function tfjsModel(shape: ModelShape) {
  const layers = [
    ...shape.units.map((units, layer) =>
      lstmLayer(layerName(layer, shape), units, layer === 0 ? shape.features : undefined),
    ),
    softmaxLayer(layerName(shape.units.length, shape), shape.classes),
  ];
  return {
    format: 'layers-model',
    generatedBy: 'Lookback',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'lookback', layers },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: [weightsFile], weights: weightSpecs(shape) }],
  };
}

/** The shape of the model in a model.json that `tfjsModel` made; anything else is a CorruptCheckpointError. */
export function modelShapeOf(json: unknown): ModelShape {
  const parsed = TfjsModel.safeParse(json);
  if (!parsed.success) {
    throw new CorruptCheckpointError(
      'The checkpoint’s model.json does not describe a stack of LSTM layers.',
      parsed.error,
    );
  }
  const { modelTopology, weightsManifest } = parsed.data;
  const layers = modelTopology.config.layers;
  const lstms = layers.flatMap((layer) => (layer.class_name === 'LSTM' ? [layer.config] : []));
  const last = layers.at(-1)!;
  const features = lstms.at(0)?.batch_input_shape?.[2];
  if (features === undefined || last.class_name !== 'Dense' || lstms.length !== layers.length - 1) {
    throw new CorruptCheckpointError('The checkpoint’s model.json is not one of LSTM layers and one softmax layer.');
  }
  const shape = { features, units: lstms.map(({ units }) => units), classes: last.config.units };
  if (JSON.stringify(weightsManifest[0].weights) !== JSON.stringify(weightSpecs(shape))) {
    throw new CorruptCheckpointError('The weights of the checkpoint’s model.json are not those of its layers.');
  }
  return shape;
}

/** tfjs ties weights to layers by these names. */
function layerName(layer: number, shape: ModelShape): string {
  return layer < shape.units.length ? `lstm_${layer + 1}` : 'softmax';
}

function weightSpecs(shape: ModelShape) {
  return parameterSegments(shape).map(({ name, layer, shape: dims }) => ({
    name: `${layerName(layer, shape)}/${name === 'recurrent' ? 'recurrent_kernel' : name}`,
    shape: [...dims],
    dtype: 'float32',
  }));
}

function lstmLayer(name: string, units: number, features: number | undefined) {
  return {
    class_name: 'LSTM',
    config: {
      name,
      trainable: true,
      // Any batch size, any length.
      ...(features !== undefined && { batch_input_shape: [null, null, features], dtype: 'float32' }),
      units,
      activation: 'tanh',
      recurrent_activation: 'sigmoid',
      use_bias: true,
      unit_forget_bias: true,
      return_sequences: true,
      return_state: false,
      go_backwards: false,
      stateful: false,
      unroll: false,
    },
  };
}

/** A dense layer works on the last axis, so it makes a distribution of every step. */
function softmaxLayer(name: string, classes: number) {
  return {
    class_name: 'Dense',
    config: { name, trainable: true, units: classes, activation: 'softmax', use_bias: true },
  };
}
