/**
 * Which of Lookback's models the layers of a Keras or tfjs model are: recurrent layers, and a softmax over the outputs of
 * the last of them. Whatever changes what they compute is refused, by the name of the layer and the option.
 */
import { definitionOf, type LayerKind, layerDefinitions, layerKinds } from '../../model/layers/index.ts';
import type { FileLayer, FileStack } from './assembly.ts';
import { encodesInputs, standardizationOf } from './input-layers.ts';
import { isObject, type JsonObject } from './json-text.ts';
import type { ConfiguredLayer, ConfiguredModel, TensorsOfLayer } from './keras-layers.ts';
import type { Standardization } from './model-in-file.ts';
import { unsupportedModel } from './refusal.ts';

/** Layers that do nothing when a model predicts. */
const onlyInTraining: ReadonlySet<string> = new Set([
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
]);
/** Layers that may follow the recurrent ones. */
const ofHead: ReadonlySet<string> = new Set(['Dense', 'Activation', 'Softmax']);
/** Options of recurrent layers that change what they compute, unless they are as here. */
const plainOptions: JsonObject = { go_backwards: false, stateful: false, return_state: false, time_major: false };

export interface KerasStack extends FileStack {
  /** Of the recurrent layers, first to last: the layers that give them their states. */
  states: string[][];
  /** What layers in front of them make of numbers. */
  standardization: Standardization | undefined;
  ignored: string[];
}

/** @param defaults of options that the configuration leaves out. */
export function kerasStack(
  { path }: ConfiguredModel,
  tensorsOf: TensorsOfLayer,
  defaults: JsonObject = {},
): KerasStack {
  const ignored: string[] = [];
  const used = path.filter(({ className, name }) => {
    if (onlyInTraining.has(className)) ignored.push(`${name} (${className}) is for training`);
    return className !== 'InputLayer' && !onlyInTraining.has(className);
  });
  const first = used.findIndex((layer) => !encodesInputs(layer));
  const computing = used.slice(Math.max(first, 0));
  const recurrent = computing.filter(({ className }) => kindOf(className) !== undefined);
  const last = recurrent.at(-1);
  if (!last) {
    const other = computing.find(({ className }) => !ofHead.has(className));
    throw other
      ? unsupportedLayer(other)
      : unsupportedModel('the model', `has no recurrent layer (${classesOf(computing)})`);
  }
  const stranger = computing.find((layer, l) => l < recurrent.length && layer !== recurrent[l]);
  if (stranger) throw unsupportedLayer(stranger);
  const kind = kindOf(last.className)!;
  const layers = recurrent.map((layer, l) => {
    if (kindOf(layer.className) !== kind)
      throw unsupportedModel(layer.name, `is a ${layer.className} beside ${last.className} layers`);
    ensurePlain(layer, kind, defaults);
    if (l < recurrent.length - 1 && layer.config.return_sequences !== true) {
      throw unsupportedModel(layer.name, 'has return_sequences false, and another recurrent layer behind it');
    }
    if (layer.config.dropout || layer.config.recurrent_dropout)
      ignored.push(`dropout of ${layer.name} is for training`);
    const units = Number(layer.config.units);
    return { name: layer.name, units, tensors: tensorsOf(layer, layerDefinitions[kind].keras.weights) };
  });
  const standardization = standardizationOf(used.slice(0, Math.max(first, 0)), tensorsOf);
  const head = headOf(computing.slice(recurrent.length), tensorsOf);
  const at = last.config.return_sequences === true ? ('every-step' as const) : ('end' as const);
  return { kind, layers, head, at, states: recurrent.map(({ states }) => states), standardization, ignored };
}

function kindOf(className: string): LayerKind | undefined {
  return layerKinds.find((kind) => layerDefinitions[kind].keras.className === className);
}

/** Its options have to be those under which we would write it. */
function ensurePlain({ name, className, config }: ConfiguredLayer, kind: LayerKind, defaults: JsonObject): void {
  const layer = layerDefinitions[kind].describe({ units: 1 });
  const { units: _, use_bias: __, unit_forget_bias: ___, ...ours } = definitionOf(layer).keras.config(layer);
  for (const [option, plain] of Object.entries({ ...plainOptions, ...ours })) {
    const given = config[option] ?? defaults[option] ?? plain;
    if (nameOf(given) === plain) continue;
    throw unsupportedModel(
      name,
      `(${className}) has ${option} ${JSON.stringify(given)}: ${JSON.stringify(plain)} is needed`,
    );
  }
  ensureFloat32(name, config);
}

/** Activations may be objects that name them. */
function nameOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { class_name: className, config } = value;
  return className === 'function' && typeof config === 'string' ? config : (className ?? value);
}

function ensureFloat32(name: string, { dtype = 'float32' }: JsonObject): void {
  const policy = isObject(dtype) ? (dtype.config as JsonObject | undefined)?.name : dtype;
  if (policy !== 'float32') throw unsupportedModel(name, `computes in ${JSON.stringify(policy)}: float32 is needed`);
}

/** A Dense layer with softmax, or one without an activation and a softmax behind it. */
function headOf([dense, ...after]: ConfiguredLayer[], tensorsOf: TensorsOfLayer): FileLayer {
  if (!dense)
    throw unsupportedModel('the model', 'ends with a recurrent layer: a Dense layer with softmax is needed behind it');
  if (dense.className !== 'Dense') throw unsupportedLayer(dense);
  ensureFloat32(dense.name, dense.config);
  const { activation = 'linear' } = dense.config;
  const [softmax, ...rest]: (ConfiguredLayer | undefined)[] =
    nameOf(activation) === 'softmax' ? [undefined, ...after] : after;
  if (nameOf(activation) !== 'softmax' && (nameOf(activation) !== 'linear' || !isSoftmax(softmax))) {
    throw unsupportedModel(dense.name, `(Dense) has activation ${JSON.stringify(activation)}: "softmax" is needed`);
  }
  for (const layer of rest) if (layer) throw unsupportedLayer(layer);
  return { name: dense.name, tensors: tensorsOf(dense, { kernel: 'kernel', bias: 'bias' }) };
}

function isSoftmax(layer: ConfiguredLayer | undefined): boolean {
  if (layer?.className === 'Softmax') return (layer.config.axis ?? -1) === -1;
  return layer?.className === 'Activation' && nameOf(layer.config.activation) === 'softmax';
}

function unsupportedLayer({ name, className }: ConfiguredLayer) {
  const kinds = layerKinds.map((kind) => layerDefinitions[kind].keras.className).join(' or ');
  return unsupportedModel(
    name,
    `is a layer of class ${className}: ${kinds} layers are supported, and a Dense layer with softmax behind them`,
  );
}

function classesOf(layers: readonly ConfiguredLayer[]): string {
  return layers.map(({ className }) => className).join(', ') || 'no layer at all';
}
