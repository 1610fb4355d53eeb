/**
 * How much a step's inputs have in common with those some steps before them in the file: neighbours in time are alike,
 * so where others are more alike, time may run there.
 */
import type { Axis } from './axes.ts';
import { columnValues, evenFeatures, longestRowOf, rowsOfSteps, type Sample } from './sample.ts';

/** Pairs of steps that a coherence is measured on. */
const measuredPairs = 20_000;
/** A prime. */
const someStep = 7919;
/** Of more features than this, so many are compared, evenly spread. */
const mostFeatures = 16;
/** Tokens beyond so many are counted together, by the remainder of their number. */
const mostTokens = 128;

/** 0 to 1: of numbers the largest squared correlation of a feature, of tokens the share of their entropy that is mutual. */
export type Coherence = (lag: number, isPair?: (step: number, before: number) => boolean, mostPairs?: number) => number;

/** Pairs of steps that lie in the same row. */
export function withinRows(sample: Sample): (step: number, before: number) => boolean {
  const rowOf = rowsOfSteps(sample);
  return (step, before) => rowOf[step] === rowOf[before];
}

/** Coherence over pairs of steps that lie `lag` steps apart in the sample, rows end to end; only over those that `isPair` accepts. */
export function coherenceOf(whole: Sample): Coherence {
  const sample = withFewFeatures(whole);
  const steps = sample.labels.length;
  return (lag, isPair = () => true, mostPairs = measuredPairs) => {
    const stride = Math.max(1, Math.floor((steps - lag) / mostPairs));
    const pairs: number[] = [];
    for (let from = lag, k = 0; from < steps; from += stride, k++) {
      // At another place in each stride: rows may be as long as that.
      const step = from + ((k * someStep) % stride);
      if (step < steps && isPair(step, step - lag)) pairs.push(step);
    }
    return coherence(sample, pairs, (step) => step - lag);
  };
}

/** Coherence of steps and those before them along an axis. */
export function coherenceAlong(whole: Sample, { previous }: Axis): number {
  const sample = withFewFeatures(whole);
  const stride = Math.max(1, Math.floor(previous.length / measuredPairs));
  const pairs: number[] = [];
  for (let k = 0; k * stride < previous.length; k++) {
    const step = k * stride + ((k * someStep) % stride);
    if (step < previous.length && previous[step] >= 0) pairs.push(step);
  }
  return coherence(sample, pairs, (step) => previous[step]);
}

function withFewFeatures(sample: Sample): Sample {
  if (sample.features <= mostFeatures) return sample;
  const columns = evenFeatures(sample.features, mostFeatures);
  return { ...sample, features: columns.length, inputs: columnValues(sample, columns) };
}

type Before = (step: number) => number;

function coherence(sample: Sample, steps: number[], before: Before): number {
  if (steps.length < 50) return 0;
  return sample.inputKind === 'symbols'
    ? mutualShare(sample, steps, before)
    : largestCorrelation(sample, steps, before);
}

/** Rows that are looked at for whether they go on in the next: at least so many, of so many steps at most. */
const cut = { rows: 100, longest: 32 };
/** How alike steps have to be across the borders of rows: at all, and as a share of the likeness within rows. */
const goingOn = { atAll: 0.1, asWithin: 0.8 };

/** Many short rows whose first steps are as like the last ones of the rows before as steps within rows are. */
export function rowsGoOn(sample: Sample): boolean {
  const { starts } = sample;
  if (longestRowOf(sample) > cut.longest || starts.length < cut.rows) return false;
  const coherence = coherenceOf(sample);
  const within = withinRows(sample);
  const across = coherence(1, (step, before) => !within(step, before));
  return across >= goingOn.atAll && across >= goingOn.asWithin * coherence(1, within);
}

function largestCorrelation({ inputs, features }: Sample, steps: number[], before: Before): number {
  const [a, b, aa, bb, ab] = Array.from({ length: 5 }, () => new Float64Array(features));
  for (const step of steps) {
    const at = step * features;
    const atBefore = before(step) * features;
    for (let i = 0; i < features; i++) {
      const x = inputs[at + i];
      const y = inputs[atBefore + i];
      a[i] += x;
      b[i] += y;
      aa[i] += x * x;
      bb[i] += y * y;
      ab[i] += x * y;
    }
  }
  const n = steps.length;
  let largest = 0;
  for (let i = 0; i < features; i++) {
    const variances = (aa[i] - (a[i] * a[i]) / n) * (bb[i] - (b[i] * b[i]) / n);
    if (variances > 1e-12) largest = Math.max(largest, (ab[i] - (a[i] * b[i]) / n) ** 2 / variances);
  }
  return Math.min(1, largest);
}

/** Mutual information with Miller's correction, over the entropy. */
function mutualShare({ inputs }: Sample, steps: number[], before: Before): number {
  const single = new Int32Array(mostTokens);
  const singleBefore = new Int32Array(mostTokens);
  const joint = new Int32Array(mostTokens * mostTokens);
  for (const step of steps) {
    const [x, y] = [inputs[step] % mostTokens, inputs[before(step)] % mostTokens];
    single[x]++;
    singleBefore[y]++;
    joint[x * mostTokens + y]++;
  }
  const n = steps.length;
  const entropy = (counts: Int32Array) => {
    let sum = 0;
    let kinds = 0;
    for (const count of counts) {
      if (count === 0) continue;
      sum -= (count / n) * Math.log(count / n);
      kinds++;
    }
    return sum + (kinds - 1) / (2 * n);
  };
  const own = entropy(single);
  return own > 0 ? Math.max(0, Math.min(1, (own + entropy(singleBefore) - entropy(joint)) / own)) : 0;
}
