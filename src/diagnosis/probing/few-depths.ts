/**
 * Probes that serve but few numbers of values: each learns them sooner than one that serves all, and where crops are short
 * it costs little.
 */
import { depthsWithin, isDense, isSmall, stagesOf, stepsWithin } from './budget.ts';
import type { HeldOutLabels } from './held-out-blocks.ts';
import type { Predictions } from './mixture.ts';
import { predictionsOf } from './predictions.ts';
import type { ProbePlan } from './probe.ts';
import { longestRow, type ProbedData, patchedData } from './probed-data.ts';

interface FewDepths {
  /** Values known, ascending. */
  depths: readonly number[];
  /** Values in a step of a crop, where that makes no more than `patchFeatures`: the fewer steps, the sooner it learns. */
  patch: number;
  batchSize: number;
  steps: number;
  /** Floating-point operations of the training of all folds, at most. */
  flops: number;
}

const shallow: readonly FewDepths[] = [
  { depths: [1], patch: 1, batchSize: 64, steps: 600, flops: 4e9 },
  { depths: [2, 3, 4], patch: 1, batchSize: 8, steps: 1_200, flops: 6e9 },
];
/** Where sequences have one label each, a crop costs as many steps as it holds: patches make these fewer. */
const deep: readonly FewDepths[] = [
  { depths: [6, 8, 12, 16], patch: 2, batchSize: 32, steps: 700, flops: 1e10 },
  { depths: [24, 32, 48, 64], patch: 4, batchSize: 16, steps: 800, flops: 1e10 },
];
/** Many labels are not learned by heart: where they are sparse, probes of many values are trained so many times as long. */
const longer = 2.5;
const units = 24;
const patchFeatures = 32;

/** What these probes predict for the labels that are held out: of up to 4 values, and where labels are sparse of up to 64. */
export function fewDepthsPredictions(data: ProbedData, heldOut: HeldOutLabels, seed: number): Predictions[] {
  const row = longestRow(data);
  const times = isSmall(data) ? 1 : longer;
  const trained = deep.map((of) => ({ ...of, steps: times * of.steps, flops: times * of.flops }));
  const probes = isDense(data) ? shallow : [...shallow, ...trained];
  const within = probes.filter((_, k) => k === 0 || probes[k - 1].depths[probes[k - 1].depths.length - 1] < row);
  return within.flatMap((of) => predictionsAt(data, heldOut, of, seed));
}

function predictionsAt(data: ProbedData, heldOut: HeldOutLabels, of: FewDepths, seed: number): Predictions[] {
  const { batchSize, steps, flops } = of;
  const stride = of.patch * data.features <= patchFeatures ? of.patch : 1;
  const patched = patchedData(data, stride);
  const depths = of.depths.map((depth) => depth / stride);
  const lengths = depthsWithin(depths, Math.ceil(longestRow(data) / stride));
  const plan: ProbePlan = { seed, units, batchSize, steps, stride, lengths, stages: stagesOf(data) };
  const affordable = stepsWithin(patched, plan, flops / heldOut.folds.length);
  return predictionsOf(patched, heldOut, { ...plan, steps: affordable }, lengths);
}
