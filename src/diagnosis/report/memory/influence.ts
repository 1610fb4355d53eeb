/**
 * How far back a model looks: by how much its distribution at a labelled step moves when one value some steps back is
 * replaced by a draw from the data.
 *
 * An intervention on the input, as in Khandelwal et al., "Sharp nearby, fuzzy far away" (ACL 2018), measured by the
 * Jensen–Shannon divergence. One pass with x_p replaced tells the influence on every labelled step after it at once:
 * of labels on every step all lags t - p, of a label at the end of a sequence one lag, counted back from there.
 */
import { unknowable } from '../../../data/task.ts';
import type { Random } from '../../../model/random.ts';
import { jensenShannon } from '../../counting/entropy.ts';
import { type Judged, judgedSteps, type LabelledStep } from '../figures/judged.ts';
import type { Predict } from '../figures/scores.ts';
import type { LagInfluence } from '../report-schema.ts';

interface InfluenceOptions {
  /** Past values that the model uses: the table goes at least as far. */
  usesPast: number;
  /** Steps that the model may run in all. */
  affordableSteps?: number;
}

/** Replacements that give each lag's mean to some 5 %, of labels on every step; and how few are still made. */
const replacements = { most: 400, least: 20 };
const leastFurthestLag = 64;
/** Steps that the model is run for before the replaced value: more than any that it uses. */
const leastRunUp = 128;
/** A lag with less than this share of the strongest one's influence has vanished. */
const vanished = 0.01;

export function measureInfluence(
  predict: Predict,
  judged: Judged,
  random: Random,
  { usesPast, affordableSteps = Number.POSITIVE_INFINITY }: InfluenceOptions,
): LagInfluence[] {
  const steps = judgedSteps(judged);
  const reach = { furthestLag: Math.max(leastFurthestLag, usesPast + 1), runUp: Math.max(leastRunUp, 2 * usesPast) };
  const stepsOfOne = 2 * (reach.runUp + reach.furthestLag + 1);
  const affordable = Math.floor(affordableSteps / stepsOfOne);
  const count = Math.max(replacements.least, Math.min(replacements.most, affordable));
  const sums = new Float64Array(reach.furthestLag + 1);
  const counts = new Int32Array(reach.furthestLag + 1);
  for (let n = 0; n < count && steps.length > 0; n++) {
    const judgedStep = steps[random.integer(steps.length)];
    const donor = steps[random.integer(steps.length)];
    // The lags in turn, so that each of them is measured as often as the others.
    const at = judgedStep.at - (n % Math.min(judgedStep.at + 1, reach.furthestLag + 1));
    const value = valueAt(judged, donor.sequence, random.integer(judged.sequences[donor.sequence].labels.length));
    addDivergences(predict, judged, { sequence: judgedStep.sequence, at }, value, reach, sums, counts);
  }
  const longest = judged.sequences.reduce((most, { labels }) => Math.max(most, labels.length), 1);
  return listed(Array.from(sums, (sum, lag) => (counts[lag] > 0 ? sum / counts[lag] : 0)).slice(0, longest));
}

function valueAt({ sequences, features }: Judged, sequence: number, t: number): Float32Array {
  return sequences[sequence].inputs.subarray(t * features, (t + 1) * features);
}

function addDivergences(
  predict: Predict,
  { sequences, features, classes }: Judged,
  replaced: LabelledStep,
  value: Float32Array,
  { furthestLag, runUp }: { furthestLag: number; runUp: number },
  sums: Float64Array,
  counts: Int32Array,
): void {
  const { inputs: whole, labels } = sequences[replaced.sequence];
  const { at } = replaced;
  const from = Math.max(0, at - runUp);
  const to = Math.min(labels.length, at + furthestLag + 1);
  const inputs = whole.slice(from * features, to * features);
  const before = predict(inputs, to - from);
  inputs.set(value, (at - from) * features);
  const after = predict(inputs, to - from);
  for (let t = at; t < to; t++) {
    if (labels[t] === unknowable) continue;
    const offset = (t - from) * classes;
    sums[t - at] += jensenShannon(before, after, classes, offset, offset);
    counts[t - at]++;
  }
}

/** Lags up to the last that counts, and one more, where there is one, to show that it ends there. */
function listed(means: number[]): LagInfluence[] {
  const strongest = Math.max(...means);
  const last = means.findLastIndex((mean) => mean > vanished * strongest);
  return means.slice(0, Math.max(1, last + 2)).map((mean, lag) => ({ lag, nats: mean }));
}

/** Share of the influence that comes from past values. */
export function pastShareOf(influence: readonly LagInfluence[]): number {
  const total = influence.reduce((sum, { nats }) => sum + nats, 0);
  return total > 0 ? 1 - influence[0].nats / total : 0;
}
