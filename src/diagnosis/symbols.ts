/**
 * Turns the inputs of a sample into symbols that can be counted: tokens and small numbers as they are, continuous features in bins of equal frequency.
 */
import type { Symbols } from './axes.ts';
import { oneGroup, refine } from './contexts.ts';
import { conditionalEntropy } from './entropy.ts';
import type { Sample } from './sample.ts';

/** What the doctor says about single features. */
export interface FeatureFacts {
  /** All columns are 0 but one, which is 1, in every step: a token. */
  oneHot: boolean;
  constant: number[];
  /** Features that are equal to an earlier one in every step. */
  duplicates: { feature: number; of: number }[];
}

/** More values than this, or more than one for every twenty steps, and a feature is binned. */
const countableValues = 4096;
const stepsPerValue = 20;
/** Joint symbols of several features: at most this many, and at most one for every twenty steps. */
const jointSymbols = 256;
/** Steps by which features are ranked. */
const rankedSteps = 20_000;

export function featureFacts(sample: Sample): FeatureFacts {
  const { features, inputs } = sample;
  const steps = sample.labels.length;
  if (sample.inputKind === 'numbers' && isOneHot(inputs, features))
    return { oneHot: true, constant: [], duplicates: [] };
  const constant: number[] = [];
  const duplicates: FeatureFacts['duplicates'] = [];
  const byHash = new Map<number, number[]>();
  for (let i = 0; i < features; i++) {
    if (isConstant(inputs, features, i)) {
      if (steps > 1) constant.push(i);
      continue;
    }
    const hash = columnHash(inputs, features, i);
    const alike = byHash.get(hash) ?? [];
    const of = alike.find((other) => equalColumns(inputs, features, i, other));
    if (of === undefined) byHash.set(hash, [...alike, i]);
    else duplicates.push({ feature: i, of });
  }
  return { oneHot: false, constant, duplicates };
}

/**
 * The symbol of every step. Features that are constant or copies are left out; if the rest are too many to count jointly, those that tell most about the labels stay.
 * `bins`: how many a continuous feature is cut into.
 */
export function symbolsOf(sample: Sample, facts: FeatureFacts, bins: number): Symbols {
  const steps = sample.labels.length;
  if (facts.oneHot) return { codes: hotIndices(sample), count: sample.features, binned: false };
  const silent = new Set([...facts.constant, ...facts.duplicates.map(({ feature }) => feature)]);
  const columns = Array.from({ length: sample.features }, (_, i) => i)
    .filter((i) => !silent.has(i))
    .map((i) => columnSymbols(sample, i, bins));
  if (columns.length === 1) return columns[0];
  const limit = Math.min(jointSymbols, Math.max(4, steps / stepsPerValue));
  const fits = columns.reduce((product, { count }) => product * count, 1) <= limit;
  const ranked = fits ? columns : byInformation(sample, columns);
  let joint = oneGroup(steps);
  let binned = false;
  for (const column of ranked) {
    if (joint.count * column.count > limit && joint.count > 1) continue;
    joint = refine(joint, column.codes, column.count);
    binned ||= column.binned;
  }
  return { codes: joint.ids, count: joint.count, binned };
}

function isOneHot(inputs: Float32Array, features: number): boolean {
  if (features < 2) return false;
  for (let from = 0; from < inputs.length; from += features) {
    let ones = 0;
    for (let i = from; i < from + features; i++) {
      if (inputs[i] === 1) ones++;
      else if (inputs[i] !== 0) return false;
    }
    if (ones !== 1) return false;
  }
  return true;
}

function hotIndices({ inputs, features, labels }: Sample): Int32Array {
  const codes = new Int32Array(labels.length);
  for (let s = 0; s < codes.length; s++) {
    let i = 0;
    while (inputs[s * features + i] !== 1) i++;
    codes[s] = i;
  }
  return codes;
}

function isConstant(inputs: Float32Array, features: number, feature: number): boolean {
  for (let at = feature; at < inputs.length; at += features) if (inputs[at] !== inputs[feature]) return false;
  return true;
}

function columnHash(inputs: Float32Array, features: number, feature: number): number {
  const bits = new Int32Array(inputs.buffer, inputs.byteOffset, inputs.length);
  let hash = 0;
  for (let at = feature; at < bits.length; at += features) hash = (Math.imul(hash, 31) + bits[at]) | 0;
  return hash;
}

function equalColumns(inputs: Float32Array, features: number, a: number, b: number): boolean {
  for (let from = 0; from < inputs.length; from += features) if (inputs[from + a] !== inputs[from + b]) return false;
  return true;
}

function columnSymbols(sample: Sample, feature: number, bins: number): Symbols {
  const { features, inputs, inputKind } = sample;
  const steps = sample.labels.length;
  const values = new Float32Array(steps);
  for (let s = 0; s < steps; s++) values[s] = inputs[s * features + feature];
  const limit = inputKind === 'symbols' ? steps : Math.min(countableValues, Math.max(16, steps / stepsPerValue));
  return distinctValues(values, limit) ?? equalFrequencyBins(values, bins);
}

/** One symbol for each value, or undefined when there are more than `limit`. */
function distinctValues(values: Float32Array, limit: number): Symbols | undefined {
  const codes = new Int32Array(values.length);
  const codeOf = new Map<number, number>();
  for (let s = 0; s < values.length; s++) {
    let code = codeOf.get(values[s]);
    if (code === undefined) {
      if (codeOf.size >= limit) return undefined;
      code = codeOf.size;
      codeOf.set(values[s], code);
    }
    codes[s] = code;
  }
  return { codes, count: codeOf.size, binned: false };
}

/** The numbers of bins worth trying for a continuous feature: the finest leaves some twenty steps to a context of three values. */
export function binCounts(steps: number): number[] {
  const finest = Math.max(4, Math.cbrt(steps / stepsPerValue));
  return [12, 10, 8, 6, 5, 4, 3, 2].filter((bins) => bins <= finest);
}

/**
 * Bins with equally many steps each, as for mutual information in Fraser & Swinney (Phys. Rev. A 33:1134, 1986): invariant to any monotone scaling of the feature.
 * Edges come from at most 20,000 steps, evenly spread.
 */
function equalFrequencyBins(values: Float32Array, bins: number): Symbols {
  const stride = Math.max(1, Math.ceil(values.length / rankedSteps));
  const sorted = Float32Array.from({ length: Math.ceil(values.length / stride) }, (_, k) => values[k * stride]).sort();
  const edges = Float32Array.from({ length: bins - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / bins)]);
  const codes = new Int32Array(values.length);
  for (let s = 0; s < values.length; s++) {
    let bin = 0;
    while (bin < edges.length && values[s] >= edges[bin]) bin++;
    codes[s] = bin;
  }
  return { codes, count: bins, binned: true };
}

/** Columns in descending order of what their present and last four values tell about the label, each alone. */
function byInformation({ labels, mask, classes }: Sample, columns: Symbols[]): Symbols[] {
  const counted: number[] = [];
  for (let s = 4; s < labels.length && counted.length < rankedSteps; s++) if (mask[s] > 0) counted.push(s);
  const score = ({ codes, count }: Symbols) =>
    Math.max(
      ...[0, 1, 2, 3, 4].map((lag) => {
        const contexts = new Int32Array(count);
        const pairs = new Int32Array(count * classes);
        for (const s of counted) {
          contexts[codes[s - lag]]++;
          pairs[codes[s - lag] * classes + labels[s]]++;
        }
        return -conditionalEntropy(contexts.filter(Boolean), pairs.filter(Boolean), counted.length);
      }),
    );
  return columns
    .map((column) => ({ column, score: score(column) }))
    .sort((a, b) => b.score - a.score)
    .map(({ column }) => column);
}
