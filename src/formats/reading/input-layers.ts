/**
 * The layers of a Keras or tfjs model in front of its recurrent ones that encode inputs: Normalization and
 * BatchNormalization standardise numbers, an Embedding whose matrix is the unit matrix makes one-hot steps of places.
 */
import { limits } from '../../platform/limits.ts';
import type { ConfiguredLayer, TensorsOfLayer } from './keras-layers.ts';
import type { FileTensor, Standardization } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';

const classNames: ReadonlySet<string> = new Set(['Normalization', 'BatchNormalization', 'Embedding']);
/** What Keras takes at least as the scale of a Normalization. */
const leastScale = 1e-7;

export function encodesInputs({ className }: ConfiguredLayer): boolean {
  return classNames.has(className);
}

/** @returns what numbers become before they reach the first recurrent layer; undefined: nothing. */
export function standardizationOf(
  layers: readonly ConfiguredLayer[],
  tensorsOf: TensorsOfLayer,
): Standardization | undefined {
  let before: Standardization | undefined;
  for (const layer of layers) {
    if (layer.className === 'Embedding') ensureOneHot(layer, tensorsOf);
    else before = chained(before, stageOf(layer, tensorsOf));
  }
  return before;
}

/** (x - mean) / scale, and the same with what comes out of it. */
function chained(first: Standardization | undefined, { mean, scale }: Standardization): Standardization {
  if (!first) return { mean, scale };
  return {
    mean: first.mean.map((value, i) => value + first.scale[i] * mean[i]),
    scale: first.scale.map((value, i) => value * scale[i]),
  };
}

function stageOf(layer: ConfiguredLayer, tensorsOf: TensorsOfLayer): Standardization {
  const { name, className, config } = layer;
  ensureLastAxis(layer);
  if (className === 'Normalization') {
    if (config.invert === true) throw unsupportedModel(name, '(Normalization) is inverted, which is not supported');
    const given = listOf(config.mean) && listOf(config.variance);
    const found = given ? {} : tensorsOf(layer, named('mean', 'variance'));
    const mean = listOf(config.mean) ?? numbersOf(name, 'mean', found);
    const variance = listOf(config.variance) ?? numbersOf(name, 'variance', found);
    return checked(
      name,
      mean,
      variance.map((value) => Math.max(Math.sqrt(value), leastScale)),
    );
  }
  const learned = [...(config.scale === false ? [] : ['gamma']), ...(config.center === false ? [] : ['beta'])];
  const found = tensorsOf(layer, named(...learned, 'moving_mean', 'moving_variance'));
  const mean = numbersOf(name, 'moving_mean', found);
  const deviation = numbersOf(name, 'moving_variance', found).map((value) => Math.sqrt(value + epsilonOf(layer)));
  const gamma = config.scale === false ? mean.map(() => 1) : numbersOf(name, 'gamma', found);
  const beta = config.center === false ? mean.map(() => 0) : numbersOf(name, 'beta', found);
  const scale = deviation.map((value, i) => value / gamma[i]);
  // gamma·(x - mean)/deviation + beta
  return checked(
    name,
    mean.map((value, i) => value - beta[i] * scale[i]),
    scale,
  );
}

/** Of Keras and tfjs, where the configuration leaves it out. */
function epsilonOf({ name, config: { epsilon = 1e-3 } }: ConfiguredLayer): number {
  if (typeof epsilon === 'number' && epsilon >= 0) return epsilon;
  throw invalidFile(name, `has epsilon ${JSON.stringify(epsilon)}`);
}

function checked(name: string, mean: number[], scale: number[]): Standardization {
  const isFine = mean.length > 0 && mean.length === scale.length;
  if (!isFine || ![...mean, ...scale].every(Number.isFinite) || scale.some((value) => value === 0)) {
    throw invalidFile(name, 'has no mean and scale for each feature');
  }
  return { mean, scale };
}

/** Features are the last of three axes. */
function ensureLastAxis({ name, className, config: { axis } }: ConfiguredLayer): void {
  const axes = Array.isArray(axis) ? axis : [axis ?? -1];
  if (axes.length === 1 && (axes[0] === -1 || axes[0] === 2)) return;
  throw unsupportedModel(name, `(${className}) has axis ${JSON.stringify(axis)}: -1 is needed`);
}

function ensureOneHot(layer: ConfiguredLayer, tensorsOf: TensorsOfLayer): void {
  const { embeddings } = tensorsOf(layer, named('embeddings'));
  const size = embeddings?.shape[0];
  const isSquare = size! <= limits.features && embeddings?.shape.length === 2 && embeddings.shape[1] === size;
  const isUnit = (value: number, place: number) => value === (place % (size! + 1) === 0 ? 1 : 0);
  if (isSquare && layer.config.mask_zero !== true && embeddings.values().every(isUnit)) return;
  throw unsupportedModel(
    layer.name,
    '(Embedding) is learned: only one that makes one-hot steps is supported, as Lookback exports it',
  );
}

/** Weights by the names that the layer has for them, in the order of `get_weights()`. */
function named(...weights: string[]): Record<string, string> {
  return Object.fromEntries(weights.map((weight) => [weight, weight]));
}

function listOf(value: unknown): number[] | undefined {
  const list = typeof value === 'number' ? [value] : value;
  return Array.isArray(list) && list.every((one) => typeof one === 'number') ? list : undefined;
}

function numbersOf(layer: string, name: string, found: Record<string, FileTensor | undefined>): number[] {
  const tensor = found[name];
  if (!tensor) throw invalidFile(layer, `has no ${name}`);
  return [...tensor.values()];
}
