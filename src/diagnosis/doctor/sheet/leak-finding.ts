/**
 * A label among the inputs: a feature that is the label under another name, or the label but for some noise.
 */
import { evenSteps, lookedAtFeatures, type Sample } from '../../sampling/sample.ts';
import { percent } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';

/** Share of the labels in which a feature may differ from what it is taken for: the label itself, or nearly the label. */
const exceptions = { same: 0.001, nearly: 0.03 };
/**
 * Share of the variance of a feature of numbers that lies between the classes, above which its values lie in one heap for
 * each class: a threshold of an evenly spread feature explains 0.75, of a normal one 0.64.
 */
const betweenClasses = 0.95;
/** Labels that are needed to say that a feature is nearly one: at all, and of each class. */
const leastLabels = { all: 50, ofClass: 10 };

/** Of a built-in task the label is meant to be known; of one feature alone it is a task that needs no past. */
export function leakFinding(sample: Sample): Finding | undefined {
  const { features, classes, labels, mask, layout } = sample;
  if (layout) return undefined;
  const steps = evenSteps(labels.length).filter((step) => mask[step] > 0);
  const found = Array.from({ length: Math.min(features, lookedAtFeatures) }, (_, feature) => ({
    feature,
    agreement: agreementWithLabel(sample, steps, feature),
  }));
  const same = found.find(({ agreement }) => agreement >= 1 - exceptions.same);
  if (same && !happensByChance(labels, steps, classes)) return sameAsLabel(sample, same.feature);
  if (features === 1 || steps.length < Math.max(leastLabels.all, leastLabels.ofClass * classes)) return undefined;
  const allowed = exceptions.nearly * Math.min(1, 2 * (1 - largestShare(labels, steps, classes)));
  const near = found.find(
    ({ feature, agreement }) =>
      agreement >= 1 - allowed || (sample.inputKind === 'numbers' && liesInHeaps(sample, steps, feature)),
  );
  return near && nearlyLabel(sample, steps, near);
}

/** Probability of one value for each class by chance, above which nothing is said of it. */
const byChance = 1e-6;

/**
 * Whether a feature that has nothing to do with the labels may well have one value for each class: of all orders of the
 * labels, n!/Π n_c!, k! do that, where k classes have n_c labels.
 */
function happensByChance(labels: Int32Array, steps: number[], classes: number): boolean {
  const counts = new Int32Array(classes);
  for (const step of steps) counts[labels[step]]++;
  const there = counts.filter((count) => count > 0);
  const orders = logFactorial(steps.length) - there.reduce((sum, count) => sum + logFactorial(count), 0);
  return logFactorial(there.length) - orders > Math.log(byChance);
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}

/** Share of the labels that the most frequent class has. */
function largestShare(labels: Int32Array, steps: number[], classes: number): number {
  const counts = new Int32Array(classes);
  for (const step of steps) counts[labels[step]]++;
  return Math.max(...counts) / steps.length;
}

function sameAsLabel({ features, classes }: Sample, feature: number): Finding {
  const message =
    features === 1
      ? 'The label is the present input under another name: nothing has to be learned. Was it meant to be the next one? Then move each label one step earlier.'
      : `Feature ${feature} is the label under another name: a model needs nothing else, and will have nothing when the label is not known. Leave it out.`;
  return { code: 'label-among-inputs', severity: 'warning', message, evidence: { feature, classes } };
}

function nearlyLabel(
  sample: Sample,
  steps: number[],
  { feature, agreement }: { feature: number; agreement: number },
): Finding {
  const { explained } = heapsOf(sample, steps, feature);
  const how =
    agreement >= 1 - exceptions.nearly
      ? `it has one value for each class in ${percent(agreement)} of the steps`
      : `the classes explain ${percent(explained)} of its variance`;
  return {
    code: 'label-among-inputs',
    severity: 'warning',
    message: `Feature ${feature} nearly gives the label away: ${how}. Was it made from the label, or measured after it? Then a model needs little else, and will not have it when the label is not known.`,
    evidence: { feature, classes: sample.classes, agreement, varianceBetweenClasses: explained },
  };
}

/** Share of the labels that follow from a feature with one value for each class; 0 where it has more values than that. */
function agreementWithLabel({ inputs, features, labels, classes }: Sample, steps: number[], feature: number): number {
  const counts = new Map<number, Map<number, number>>();
  for (const step of steps) {
    const value = inputs[step * features + feature];
    const of = counts.get(value) ?? new Map<number, number>();
    of.set(labels[step], (of.get(labels[step]) ?? 0) + 1);
    counts.set(value, of);
    if (counts.size > classes + 8) return 0;
  }
  const named = new Set<number>();
  let right = 0;
  for (const of of counts.values()) {
    const [label, count] = [...of].reduce((most, one) => (one[1] > most[1] ? one : most));
    if (named.has(label)) continue;
    named.add(label);
    right += count;
  }
  return named.size > 1 ? right / steps.length : 0;
}

function liesInHeaps(sample: Sample, steps: number[], feature: number): boolean {
  const { explained, nearest } = heapsOf(sample, steps, feature);
  return explained >= betweenClasses && nearest >= 1 - exceptions.nearly;
}

/**
 * `explained`: share of a feature's variance at the labelled steps that lies between the means of the classes (η²);
 * `nearest`: share of the labels whose own class's mean is the nearest.
 */
function heapsOf({ inputs, features, labels, classes }: Sample, steps: number[], feature: number) {
  const counts = new Float64Array(classes);
  const sums = new Float64Array(classes);
  let [sum, squares] = [0, 0];
  for (const step of steps) {
    const value = inputs[step * features + feature];
    counts[labels[step]]++;
    sums[labels[step]] += value;
    sum += value;
    squares += value * value;
  }
  const correction = (sum * sum) / steps.length;
  const between =
    sums.reduce((total, of, c) => (counts[c] > 0 ? total + (of * of) / counts[c] : total), 0) - correction;
  const all = squares - correction;
  const explained = all > 1e-12 * squares ? between / all : 0;
  if (explained < betweenClasses) return { explained, nearest: 0 };
  const means = Array.from(sums, (of, c) => ({ c, mean: of / counts[c] })).filter(({ c }) => counts[c] > 0);
  const right = steps.filter((step) => {
    const value = inputs[step * features + feature];
    const own = Math.abs(value - sums[labels[step]] / counts[labels[step]]);
    return means.every(({ c, mean }) => c === labels[step] || Math.abs(value - mean) > own);
  });
  return { explained, nearest: right.length / steps.length };
}
