/**
 * Labels that are forecasts: what a feature will be, which is no mistake though later inputs explain them.
 */
import { entropy } from '../../counting/entropy.ts';
import type { Sample } from '../../sampling/sample.ts';

/** Steps ahead at which a label may be the value of then, and share of H(y) that may be left of it. */
const furthestForecast = 32;
const leftOfForecast = 0.05;
const bins = 64;
/** Steps that a forecast is looked for on. */
const measuredSteps = 20_000;

/**
 * The label follows from one later value of one feature, or from its difference to the present one: a threshold, a sign,
 * a class of the next symbol.
 */
export function isForecast(sample: Sample): boolean {
  const { features, inputs, labels, mask, starts, classes } = sample;
  const isToken = sample.inputKind === 'symbols';
  const rowEnd = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) rowEnd.fill(starts[r + 1], starts[r], starts[r + 1]);
  const stride = Math.max(1, Math.floor(labels.length / measuredSteps));
  const steps: number[] = [];
  for (let step = 0; step < labels.length; step += stride) if (mask[step] > 0) steps.push(step);
  for (let ahead = 1; ahead <= furthestForecast; ahead++) {
    const pairs = steps.filter((step) => step + ahead < rowEnd[step]);
    if (pairs.length < 50) return false;
    const ofPairs = pairs.map((step) => labels[step]);
    for (let i = 0; i < features; i++) {
      const later = pairs.map((step) => inputs[(step + ahead) * features + i]);
      const change = pairs.map((step, k) => later[k] - inputs[step * features + i]);
      const limit = leftOfForecast * entropy(sharesOf(ofPairs, classes));
      if (entropyGiven(later, ofPairs, classes, isToken) <= limit) return true;
      if (!isToken && entropyGiven(change, ofPairs, classes) <= limit) return true;
    }
  }
  return false;
}

function sharesOf(labels: number[], classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label] += 1 / labels.length;
  return shares;
}

/** H(label | value): tokens, and values where they are few, as they are, otherwise in bins that each hold whole runs of equal values. */
function entropyGiven(values: number[], labels: number[], classes: number, isToken = false): number {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const least = values.length / bins;
  const isFew = isToken || new Set(values).size <= bins;
  let sum = 0;
  let group = new Int32Array(classes);
  let size = 0;
  for (const [k, at] of order.entries()) {
    group[labels[at]]++;
    size++;
    const isLast = k + 1 === order.length;
    const ends = isLast || values[order[k + 1]] !== values[at];
    if (!isLast && !(ends && (isFew || size >= least))) continue;
    sum += size * entropy(Float64Array.from(group, (count) => count / size));
    group = new Int32Array(classes);
    size = 0;
  }
  return sum / values.length;
}
