/**
 * The layers of a Keras or tfjs model, from its configuration: those that compute, one after the other, and what of them
 * Lookback does not compute as they do.
 */
import { isObject, type JsonObject, objectsIn } from './json-text.ts';
import type { FileTensor } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';

export interface ConfiguredLayer {
  className: string;
  name: string;
  config: JsonObject;
  /** Names of the layers that it takes its inputs from, and of those that give it its state. */
  inputs: string[];
  states: string[];
}

/** All layers of a model, in the order of the file; `path` is that of each that computes, first to last. */
export interface ConfiguredModel {
  layers: ConfiguredLayer[];
  path: ConfiguredLayer[];
}

/** The tensors of a layer, in whatever way the file keeps them. */
export type TensorsOfLayer = <Part extends string>(
  layer: ConfiguredLayer,
  weights: Record<Part, string>,
) => Partial<Record<Part, FileTensor>>;

/** @throws InvalidInputError where it is no model, or one whose layers are not one after the other. */
export function configuredModel({ class_name: className, config }: JsonObject): ConfiguredModel {
  const isList = Array.isArray(config);
  const settings = isList ? { layers: config } : config;
  if (typeof className !== 'string' || !isObject(settings))
    throw invalidFile('the configuration', 'is none of a model');
  const layers = objectsIn(settings.layers).map(layerIn);
  if (layers.length === 0) throw invalidFile('the configuration', 'has no layers');
  if (className === 'Sequential') return { layers, path: layers };
  if (className !== 'Functional' && className !== 'Model') {
    throw unsupportedModel(
      'the model',
      `is of class ${className}: Sequential, or Functional without branches, is needed`,
    );
  }
  return { layers, path: pathTo(settings.output_layers, layers) };
}

function layerIn(layer: JsonObject): ConfiguredLayer {
  const { class_name: className, config, inbound_nodes: nodes = [] } = layer;
  if (typeof className !== 'string' || !isObject(config))
    throw invalidFile('the configuration', 'has a layer without a class');
  const name = [layer.name, config.name].find((one) => typeof one === 'string') as string | undefined;
  if (name === undefined) throw invalidFile('the configuration', `has a ${className} without a name`);
  if (Array.isArray(nodes) && nodes.length > 1) throw unsupportedModel(name, 'is used more than once');
  const [node] = Array.isArray(nodes) ? nodes : [];
  // Keras 3 has objects with args and kwargs; before, and in tfjs, a node is a list of [layer, node, tensor, kwargs].
  const [args, kwargs] = isObject(node) ? [node.args, node.kwargs] : [node, undefined];
  return { className, name, config, inputs: [...new Set(sourcesIn(args))], states: [...new Set(sourcesIn(kwargs))] };
}

/** Names of the layers whose outputs stand in there. */
function sourcesIn(value: unknown): string[] {
  if (isObject(value)) {
    const history = isObject(value.config) ? value.config.keras_history : undefined;
    if (Array.isArray(history) && typeof history[0] === 'string') return [history[0]];
    return Object.values(value).flatMap(sourcesIn);
  }
  if (!Array.isArray(value)) return [];
  const [name, node, tensor] = value;
  if (typeof name === 'string' && typeof node === 'number' && typeof tensor === 'number') return [name];
  return value.flatMap(sourcesIn);
}

/** From the input to the one output, each layer after the one that it takes its input from. */
function pathTo(outputs: unknown, layers: readonly ConfiguredLayer[]): ConfiguredLayer[] {
  const named = new Map(layers.map((layer) => [layer.name, layer]));
  const ends = sourcesIn(outputs);
  if (ends.length !== 1) throw unsupportedModel('the model', `has ${ends.length} outputs: one is needed`);
  const path: ConfiguredLayer[] = [];
  for (let name: string | undefined = ends[0]; name !== undefined; ) {
    const layer = named.get(name);
    if (!layer || path.includes(layer))
      throw invalidFile('the configuration', `names no layer ${name} that leads to its output`);
    if (layer.inputs.length > 1)
      throw unsupportedModel(name, `takes the outputs of ${layer.inputs.length} layers: one is needed`);
    path.unshift(layer);
    [name] = layer.inputs;
  }
  return path;
}
