/**
 * What probes are trained on: the steps of a sample as numbers that a small model can read.
 */
import { Random } from '../../model/random.ts';
import { columnValues, evenFeatures, longestRowOf, type Sample } from '../sampling/sample.ts';

/** Rows one after the other, as in `Sample`: N steps, R rows, I numbers in a step as the probe sees it. */
export interface ProbedData {
  /** I */
  features: number;
  /** C */
  classes: number;
  /** [N], 0 .. C-1; ignored where the mask is 0. */
  labels: Int32Array;
  /** [N]; above 0: the label counts. */
  mask: Float32Array;
  /** [R+1]: where each row starts; the last entry is N. */
  starts: Int32Array;
  /** Writes what the probe sees of a step to inputs[at .. at+I-1]. */
  write(step: number, inputs: Float32Array, at: number): void;
}

/** Of more features a probe sees so many: those that counting has chosen, and others that are evenly spread. */
const mostFeatures = 64;

/** The features that probes see of a sample of which counting chose some; undefined: all of them. */
export function probedFeatures({ features, inputKind }: Sample, chosen: readonly number[]): number[] | undefined {
  if (inputKind === 'symbols' || features <= mostFeatures) return undefined;
  const taken = new Set(chosen.slice(0, mostFeatures));
  for (const feature of evenFeatures(features, mostFeatures)) if (taken.size < mostFeatures) taken.add(feature);
  return [...taken].sort((a, b) => a - b);
}

/** Up to so many tokens are one-hot; more are told apart by random signs of so many numbers, which are nearly orthogonal. */
const mostTokens = 32;
/** Standard deviations beyond which a number is cut: a single outlier would saturate every gate. */
const furthest = 8;
/** Numbers of the data up to which they are kept as probes see them. */
const keptNumbers = 8_000_000;
/** Steps that mean and deviation are taken from. */
const measuredSteps = 100_000;

/** The sample as a model would see it: numbers standardised, tokens one-hot. */
export function probedData(sample: Sample): ProbedData {
  const { classes, labels, mask, starts } = sample;
  const encoder = sample.inputKind === 'symbols' ? tokenEncoder(sample) : numberEncoder(sample);
  return { classes, labels, mask, starts, ...encoder };
}

/** Steps of the longest row. */
export function longestRow({ starts }: Pick<ProbedData, 'starts'>): number {
  return Math.max(1, longestRowOf({ starts }));
}

/**
 * The same rows for a probe that looks only at every `stride`-th step: of each, the present value and the mean over the
 * `stride` steps up to it. A mark on a single step stays visible.
 */
export function pooledData(data: ProbedData, stride: number): ProbedData {
  const { features: I, labels, starts } = data;
  const sums = new Float64Array((labels.length + 1) * I);
  const row = new Float32Array(I);
  for (let step = 0; step < labels.length; step++) {
    data.write(step, row, 0);
    for (let i = 0; i < I; i++) sums[(step + 1) * I + i] = sums[step * I + i] + row[i];
  }
  const startOf = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) startOf.fill(starts[r], starts[r], starts[r + 1]);
  return {
    ...data,
    features: 2 * I,
    write(step, into, at) {
      const from = Math.max(startOf[step], step - stride + 1);
      data.write(step, into, at);
      for (let i = 0; i < I; i++)
        into[at + I + i] = (sums[(step + 1) * I + i] - sums[from * I + i]) / (step + 1 - from);
    },
  };
}

/** The same rows for a probe that looks at every `patch`-th step, and sees of each all values up to it: those before the row are 0. */
export function patchedData(data: ProbedData, patch: number): ProbedData {
  if (patch === 1) return data;
  const { features: I, labels, starts } = data;
  const startOf = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) startOf.fill(starts[r], starts[r], starts[r + 1]);
  return {
    ...data,
    features: patch * I,
    write(step, into, at) {
      for (let back = 0; back < patch; back++) {
        const from = at + back * I;
        if (step - back >= startOf[step]) data.write(step - back, into, from);
        else into.fill(0, from, from + I);
      }
    },
  };
}

type Encoder = Pick<ProbedData, 'features' | 'write'>;

function numberEncoder(sample: Sample): Encoder {
  const { probedFeatures } = sample;
  const features = probedFeatures?.length ?? sample.features;
  const inputs = probedFeatures ? columnValues(sample, Int32Array.from(probedFeatures)) : sample.inputs;
  const { mean, scale } = standardisation(inputs, features);
  const seen = (at: number, i: number) => Math.max(-furthest, Math.min(furthest, (inputs[at] - mean[i]) / scale[i]));
  if (inputs.length > keptNumbers) {
    return {
      features,
      write(step, into, at) {
        for (let i = 0; i < features; i++) into[at + i] = seen(step * features + i, i);
      },
    };
  }
  // Each step is read many times, by every probe.
  const kept = new Float32Array(inputs.length);
  for (let at = 0; at < kept.length; at++) kept[at] = seen(at, at % features);
  return {
    features,
    write(step, into, at) {
      const from = step * features;
      for (let i = 0; i < features; i++) into[at + i] = kept[from + i];
    },
  };
}

function standardisation(inputs: Float32Array, features: number) {
  const steps = inputs.length / features;
  const stride = Math.max(1, Math.floor(steps / measuredSteps));
  const mean = new Float64Array(features);
  const scale = new Float64Array(features);
  let count = 0;
  for (let s = 0; s < steps; s += stride) {
    count++;
    for (let i = 0; i < features; i++) {
      const difference = inputs[s * features + i] - mean[i];
      mean[i] += difference / count;
      scale[i] += difference * (inputs[s * features + i] - mean[i]);
    }
  }
  for (let i = 0; i < features; i++) scale[i] = Math.sqrt(scale[i] / Math.max(1, count)) || 1;
  return { mean, scale };
}

function tokenEncoder({ inputs }: Sample): Encoder {
  const tokens = inputs.reduce((most, token) => Math.max(most, token + 1), 0);
  if (tokens <= mostTokens) {
    return {
      features: tokens,
      write(step, into, at) {
        into.fill(0, at, at + tokens);
        into[at + inputs[step]] = 1;
      },
    };
  }
  const random = Random.seeded(tokens, 'diagnosis');
  const signs = Float32Array.from({ length: tokens * mostTokens }, () => (random.integer(2) ? 0.5 : -0.5));
  return {
    features: mostTokens,
    write(step, into, at) {
      const from = inputs[step] * mostTokens;
      for (let i = 0; i < mostTokens; i++) into[at + i] = signs[from + i];
    },
  };
}
