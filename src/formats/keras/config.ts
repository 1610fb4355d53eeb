/**
 * The JSON files of a `.keras` archive, as Keras 3 reads them: config.json is the model, metadata.json what wrote it.
 * Settings that are Keras' own defaults are left out.
 */
import type { KerasLayer } from './layers.ts';

/** Of Keras: this and every later version 3 reads what is written here. */
const kerasVersion = '3.0.0';

export function kerasMetadata(createdAt: string): object {
  return { keras_version: kerasVersion, date_saved: createdAt };
}

/**
 * A stack is a Sequential model, which is what people build themselves. Where layers are given their state, it takes a
 * Functional one.
 */
export function kerasConfig(layers: readonly KerasLayer[]): object {
  return layers.some(({ state }) => state.length > 0) ? functional(layers) : sequential(layers);
}

function sequential(layers: readonly KerasLayer[]): object {
  const shape = layers[0].output;
  return {
    module: 'keras',
    class_name: 'Sequential',
    config: { name: 'lookback', layers: layers.map((layer) => serialized(layer, layers)), build_input_shape: shape },
    registered_name: null,
    build_config: { input_shape: shape },
  };
}

function functional(layers: readonly KerasLayer[]): object {
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: 'lookback',
      layers: layers.map((layer) => ({
        ...serialized(layer, layers),
        name: layer.name,
        inbound_nodes: layer.input === null ? [] : [nodeOf(layer, layers)],
      })),
      input_layers: [[layers[0].name, 0, 0]],
      output_layers: [[layers.at(-1)!.name, 0, 0]],
    },
    registered_name: 'Functional',
  };
}

function serialized(
  { className, name, config, dtype, input, state }: KerasLayer,
  layers: readonly KerasLayer[],
): object {
  const shape = input === null ? null : outputOf(input, layers);
  const states = state.map((name) => outputOf(name, layers));
  return {
    module: 'keras.layers',
    class_name: className,
    config: { name, ...config, dtype: dtype ?? 'float32' },
    registered_name: null,
    ...(shape ? { build_config: buildConfig(shape, states) } : {}),
  };
}

function buildConfig(shape: KerasLayer['output'], states: KerasLayer['output'][]): object {
  if (states.length === 0) return { input_shape: shape };
  return { shapes_dict: { sequences_shape: shape, initial_state_shape: states } };
}

function nodeOf({ input, state }: KerasLayer, layers: readonly KerasLayer[]): object {
  const tensor = (name: string) => {
    const { output: shape, dtype = 'float32' } = layers.find((layer) => layer.name === name)!;
    return { class_name: '__keras_tensor__', config: { shape, dtype, keras_history: [name, 0, 0] } };
  };
  const kwargs = state.length > 0 ? { initial_state: state.map(tensor) } : {};
  return { args: [tensor(input!)], kwargs };
}

function outputOf(name: string, layers: readonly KerasLayer[]): KerasLayer['output'] {
  return layers.find((layer) => layer.name === name)!.output;
}
