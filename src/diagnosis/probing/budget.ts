/**
 * How much is spent on probes: how many are trained and how long, and how many labels judge them.
 */
import { allFolds, type HeldOutLabels, holdOut } from './held-out-blocks.ts';
import { judgingFlops, type ProbePlan, trainingFlops } from './probe.ts';
import type { ProbedData } from './probed-data.ts';

/**
 * Floating-point operations that a probe of all depths is trained with at most, forward and backward, and judged with: a
 * second in all. Of data with many features or classes it takes fewer steps, and is judged on fewer labels.
 */
export const mostFlops = { training: 2.5e10, judging: 1.2e10 };
const leastSteps = 10;

/** Steps of a plan, or as many as so many floating-point operations are enough for. */
export function stepsWithin(data: ProbedData, plan: ProbePlan, flops: number): number {
  const steps = Math.floor((plan.steps * flops) / trainingFlops(data, plan));
  return Math.max(leastSteps, Math.min(plan.steps, steps));
}

/**
 * Labels up to which one probe would be judged on too little: four are trained, which judge all blocks together. Only of
 * so many classes, since each costs time.
 */
const few = { labels: 2_000, classes: 32 };

export function isSmall(data: ProbedData): boolean {
  return labelsOf(data) <= few.labels && data.classes <= few.classes;
}

/** Most steps have a label. */
export function isDense(data: ProbedData): boolean {
  return labelsOf(data) >= data.labels.length / 2;
}

/** By the mask: each probe asks several times for the labels of the same data. */
const counted = new WeakMap<Float32Array, number>();

export function labelsOf({ mask }: Pick<ProbedData, 'mask'>): number {
  let labels = counted.get(mask) ?? 0;
  if (counted.has(mask)) return labels;
  for (let step = 0; step < mask.length; step++) if (mask[step] > 0) labels++;
  counted.set(mask, labels);
  return labels;
}

/** Few data a probe soon learns by heart, and is worse on other blocks: it is asked early, too. */
export function stagesOf(data: ProbedData): readonly number[] {
  return isSmall(data) ? [0.15, 0.4, 0.7, 1] : [0.7, 1];
}

/** Numbers of values at which probes are judged. */
const probedDepths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] as const;
/** Of so many classes, each of which costs time at every depth, fewer depths are judged. */
const manyClasses = 256;
const fewDepths = [1, 2, 4, 8, 16, 64] as const;

export function depthsOf({ classes }: ProbedData): readonly number[] {
  return classes > manyClasses ? fewDepths : probedDepths;
}

/** Those up to the first that reaches the longest row: more values tell no more. */
export function depthsWithin(depths: readonly number[], longest: number): number[] {
  return depths.filter((_, k) => k === 0 || depths[k - 1] < longest);
}

/** Labels that judge, of each part: fewer where a label costs much, as each of many classes has a probability to be computed. */
const judgedLabels = { most: 800, least: 100, ofClasses: 20_000, leastOfClasses: 250 };

/** The labels that train probes and those that judge them; undefined where there are too few for both. `all`: all blocks judge. */
export function heldOutOf(data: ProbedData, all = false): HeldOutLabels | undefined {
  const { most, least, ofClasses, leastOfClasses } = judgedLabels;
  const wanted = Math.max(leastOfClasses, Math.min(most, Math.floor(ofClasses / data.classes)));
  const flopsOfLabel = judgingFlops(data, stagesOf(data).length, depthsOf(data));
  const affordable = Math.floor(mostFlops.judging / (2 * flopsOfLabel));
  return holdOut(data, Math.max(least, Math.min(wanted, affordable)), all || isSmall(data) ? allFolds : 1);
}
