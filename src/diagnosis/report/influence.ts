/**
 * How far back a model looks: by how much its distribution at a step moves when one value some steps back is replaced
 * by a draw from the data.
 *
 * An intervention on the input, as in Khandelwal et al., "Sharp nearby, fuzzy far away" (ACL 2018), measured by the
 * Jensen–Shannon divergence. One pass with x_p replaced tells the influence of all lags t - p at once. Where labels
 * belong to whole sequences, the distribution at their end is what counts: a pass then tells one lag, counted back from
 * there.
 */
import type { LabelledSequence } from '../../data/batching/sequence-batches.ts';
import type { Random } from '../../model/random.ts';
import { jensenShannon } from '../counting/entropy.ts';
import type { Judged } from './judged.ts';
import type { LagInfluence } from './report-schema.ts';
import type { Predict } from './scores.ts';

interface Influence {
  influence: LagInfluence[];
  /** Past values that, with the present one, make up 95 % of the influence. */
  effectiveMemory: number;
}

/** Replacements that give each lag's mean to some 5 %. */
export const thoroughReplacements = 400;
const furthestLag = 64;
/** Steps that a lane is run for before the replaced value. */
const runUp = 128;
/** A lag with less than this share of the strongest one's influence has vanished. */
const vanished = 0.01;
const memoryShare = 0.95;

/** Runs the model over some 200 steps twice for each replacement. */
export function measureInfluence(
  predict: Predict,
  judged: Judged,
  random: Random,
  replacements = thoroughReplacements,
): Influence {
  const sums = new Float64Array(furthestLag + 1);
  const counts = new Int32Array(furthestLag + 1);
  const sequences = judged.sequences.filter(({ labels }) => labels.length > 0);
  for (let n = 0; n < replacements && sequences.length > 0; n++) {
    const sequence = sequences[random.integer(sequences.length)];
    const donor = sequences[random.integer(sequences.length)];
    const at = judged.labelsAt === 'end' ? beforeEnd(sequence, n) : random.integer(sequence.labels.length);
    const value = stepOf(donor, random.integer(donor.labels.length), judged.features);
    addDivergences(predict, sequence, at, value, judged, sums, counts);
  }
  return summarise(Array.from(sums, (sum, lag) => (counts[lag] > 0 ? sum / counts[lag] : 0)));
}

/** The lags in turn, so that each of them is measured as often as the others. */
function beforeEnd({ labels }: LabelledSequence, n: number): number {
  return labels.length - 1 - (n % Math.min(labels.length, furthestLag + 1));
}

function stepOf({ inputs }: LabelledSequence, t: number, features: number): Float32Array {
  return inputs.subarray(t * features, (t + 1) * features);
}

function addDivergences(
  predict: Predict,
  sequence: LabelledSequence,
  at: number,
  value: Float32Array,
  { features, classes, rowLength, labelsAt }: Judged,
  sums: Float64Array,
  counts: Int32Array,
): void {
  // A row is run from its start, as in training; a lane has no start that matters.
  const from = rowLength === undefined ? 0 : Math.max(0, at - runUp);
  const to = Math.min(sequence.labels.length, at + furthestLag + 1);
  const inputs = sequence.inputs.slice(from * features, to * features);
  const before = predict(inputs, to - from);
  inputs.set(value, (at - from) * features);
  const after = predict(inputs, to - from);
  for (let t = labelsAt === 'end' ? to - 1 : at; t < to; t++) {
    const offset = (t - from) * classes;
    sums[t - at] += jensenShannon(before, after, classes, offset, offset);
    counts[t - at]++;
  }
}

/** Lags up to the last that counts, and one more to show that it ends there. */
function summarise(means: number[]): Influence {
  const strongest = Math.max(...means);
  const last = means.findLastIndex((mean) => mean > vanished * strongest);
  const influence = means.slice(0, Math.max(1, last + 2)).map((mean, lag) => ({ lag, nats: mean }));
  const total = means.slice(0, last + 1).reduce((sum, mean) => sum + mean, 0);
  let sum = 0;
  const effectiveMemory = means.findIndex((mean) => {
    sum += mean;
    return sum >= memoryShare * total;
  });
  return { influence, effectiveMemory: Math.max(0, effectiveMemory) };
}
