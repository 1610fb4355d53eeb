/**
 * What is plain about single features before anything is counted: which never change, which are copies, and whether all
 * together are one token.
 */
import type { Sample } from '../sampling/sample.ts';

/** What the doctor says about single features. */
export interface FeatureFacts {
  /** All columns are 0 but one, which is 1, in every step: a token. */
  oneHot: boolean;
  constant: number[];
  /** Features that are equal to an earlier one in every step. */
  duplicates: { feature: number; of: number }[];
}

/** Columns that change and differ in so many steps need no second look. */
const firstSteps = 10_000;

export function featureFacts(sample: Sample): FeatureFacts {
  const { features, inputs, labels, inputKind } = sample;
  if (inputKind === 'numbers' && isOneHot(inputs, features)) return { oneHot: true, constant: [], duplicates: [] };
  const all = Array.from({ length: features }, (_, i) => i);
  const { changes, hashes } = describeColumns(inputs, features, all, Math.min(labels.length, firstSteps));
  const shared = new Set(hashes.filter((hash, i) => hashes.indexOf(hash) < i));
  const unclear = all.filter((i) => !changes[i] || shared.has(hashes[i]));
  if (labels.length > firstSteps && unclear.length > 0) {
    const whole = describeColumns(inputs, features, unclear, labels.length);
    for (const i of unclear) [changes[i], hashes[i]] = [whole.changes[i], whole.hashes[i]];
  }
  const constant: number[] = [];
  const alike: FeatureFacts['duplicates'] = [];
  const firstOfHash = new Map<number, number>();
  for (let i = 0; i < features; i++) {
    const of = firstOfHash.get(hashes[i]);
    if (!changes[i]) constant.push(i);
    else if (of === undefined) firstOfHash.set(hashes[i], i);
    else alike.push({ feature: i, of });
  }
  return {
    oneHot: false,
    constant: labels.length > 1 ? constant : [],
    duplicates: equalPairs(inputs, features, alike),
  };
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

/**
 * Whether each of some columns changes, and a hash of it. All at once, in the order of memory: column by column, each
 * step would be a cache miss.
 */
function describeColumns(inputs: Float32Array, features: number, columns: number[], steps: number) {
  const bits = new Int32Array(inputs.buffer, inputs.byteOffset, inputs.length);
  const changes = new Uint8Array(features);
  const hashes = new Int32Array(features);
  for (let from = 0; from < steps * features; from += features) {
    for (const i of columns) {
      if (inputs[from + i] !== inputs[i]) changes[i] = 1;
      hashes[i] = (Math.imul(hashes[i], 31) + bits[from + i]) | 0;
    }
  }
  return { changes, hashes };
}

/** Those of the pairs whose columns are equal in every step. */
function equalPairs(
  inputs: Float32Array,
  features: number,
  pairs: FeatureFacts['duplicates'],
): FeatureFacts['duplicates'] {
  let equal = pairs;
  for (let from = 0; from < inputs.length && equal.length > 0; from += features) {
    if (equal.some(({ feature, of }) => inputs[from + feature] !== inputs[from + of]))
      equal = equal.filter(({ feature, of }) => inputs[from + feature] === inputs[from + of]);
  }
  return equal;
}
