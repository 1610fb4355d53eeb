/**
 * The staircase of one probe that serves every number of values at once: its held-out loss by how many it sees. Two
 * arrangements of the same data are compared by it.
 */
import {
  depthsOf,
  depthsWithin,
  heldOutOf,
  isDense,
  isSmall,
  labelsOf,
  mostFlops,
  stagesOf,
  stepsWithin,
} from './budget.ts';
import type { HeldOutLabels } from './held-out-blocks.ts';
import { Mixture, type Predictions, type Probed } from './mixture.ts';
import { predictionsOf } from './predictions.ts';
import { type ProbePlan, usualUnits } from './probe.ts';
import { longestRow, type ProbedData } from './probed-data.ts';

export interface StaircaseOptions {
  /** The same staircase for the same data and seed. */
  seed: number;
  /** Of the usual training, where that is enough: fewer steps tell less, sooner. */
  share?: number;
  /** Values known, in units of the stride. */
  depths?: readonly number[];
  /** Steps of the data from one value to the next: values beyond a crop come into reach; see `pooledData`. 1 if not told. */
  stride?: number;
  /** Four probes are trained, which judge all blocks together, however many labels there are. */
  allFolds?: boolean;
}

/** Trains a probe and judges it, or one for each fold of few data; undefined where there are too few labels for both. */
export function probe(data: ProbedData, options: StaircaseOptions): Probed | undefined {
  const heldOut = heldOutOf(data, options.allFolds);
  return heldOut && new Mixture(heldOut.judged, data.classes).add(usualPredictions(data, heldOut, options)).probed;
}

/** The staircase alone. */
export function probeStaircase(data: ProbedData, options: StaircaseOptions) {
  return probe(data, options)?.staircase ?? [];
}

/** Crops of a batch: few, and the more steps, teach sooner than many. */
const batchSize = 8;
/** Steps of training, on long crops and on short ones in turn; each of the four of few data takes fewer, and many labels more. */
const usualSteps = { few: 1_200, usual: 4_800, many: 10_000 };
/** So many labels are not learned by heart. */
const manyLabels = 100_000;

/** What such a probe predicts for the labels that are held out. */
export function usualPredictions(data: ProbedData, heldOut: HeldOutLabels, options: StaircaseOptions): Predictions[] {
  const { stride = 1, share = 1 } = options;
  const longest = Math.ceil(longestRow(data) / stride);
  const plan = planOf(data, options);
  const affordable = stepsWithin(data, plan, share * mostFlops.training);
  const depths = depthsWithin(options.depths ?? depthsOf(data), longest);
  return predictionsOf(data, heldOut, { ...plan, steps: affordable }, depths);
}

/** Such a probe takes fewer steps than usual, as it would cost too much. */
export function isCostly(data: ProbedData): boolean {
  const plan = planOf(data, { seed: 0 });
  return stepsWithin(data, plan, mostFlops.training) < plan.steps;
}

function planOf(data: ProbedData, { seed, stride = 1, share = 1 }: StaircaseOptions): ProbePlan {
  const steps = usualSteps[isSmall(data) && isDense(data) ? 'few' : labelsOf(data) > manyLabels ? 'many' : 'usual'];
  const stages = stagesOf(data);
  return { seed, units: usualUnits, batchSize, steps: share * steps, stride, lengths: 'any', stages };
}
