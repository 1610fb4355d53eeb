/**
 * What labels can be known to, by depth: what counting and probes have found side by side, and of both the lower where
 * that is proven.
 */
import type { Labelled } from '../counting/evidence.ts';
import { blockStandardError } from '../probing/held-out-blocks.ts';
import { mean, type Probed } from '../probing/mixture.ts';
import type { CountedDepth } from './counted-entropies.ts';
import type { DepthEntropy } from './doctor-schema.ts';

/**
 * Standard errors by which a probe must lose less than counting to be shown in its place; and by which it has to be
 * better where something is said of it.
 */
const proven = { toBeShown: 2, toCount: 3 };

/**
 * Both staircases as one: at each depth that either lists, the lowest loss that is proven with no more values.
 * `labelled`: the steps that were counted, where these are the same data that probes were trained on.
 */
export function lowestProven(
  counted: readonly CountedDepth[],
  known: Probed | undefined,
  labelled: Labelled | undefined,
): DepthEntropy[] {
  const depths = new Set(
    [...counted.map(({ entropy }) => entropy), ...(known?.staircase ?? [])].map(({ depth }) => depth),
  );
  const judge = known && judgeOf(known, labelled);
  const merged: DepthEntropy[] = [];
  for (const depth of [...depths].sort((a, b) => a - b)) {
    const ofCounts = counted.findLast(({ entropy }) => entropy.depth <= depth) ?? counted[0];
    const candidates = [merged.at(-1), ofCounts.entropy, judge?.(depth, ofCounts)];
    const best = candidates.reduce((low, one) => (one && (!low || one.nats < low.nats) ? one : low), undefined);
    if (!best) continue;
    const bestAccuracy = Math.max(merged.at(-1)?.bestAccuracy ?? 0, best.bestAccuracy);
    merged.push({ ...best, depth, bestAccuracy });
  }
  return merged;
}

/**
 * What probes know with at most `depth` values, where it is proven that they lose less than counting: at the same labels,
 * if these were counted. Of two estimates the one with the smaller standard error: the loss at the labels that judge probes;
 * and, since these may be few, that of counting at all labels, less what probes gain on it where both are judged (the
 * difference estimator: Cochran 1977, chapter 7).
 */
function judgeOf({ staircase, losses, judged }: Probed, labelled: Labelled | undefined) {
  const placeOf = labelled && placesOf(judged.steps, labelled.steps);
  const blocks = labelled && Int32Array.from(labelled.blocks);
  return (depth: number, counted: CountedDepth): DepthEntropy | undefined => {
    const k = staircase.findLastIndex((one) => one.depth <= depth);
    if (k === -1) return undefined;
    const { nats, standardError = Number.POSITIVE_INFINITY, bestAccuracy } = staircase[k];
    const known = { depth, nats, standardError, bestAccuracy, source: 'probe' as const };
    if (!placeOf || !blocks) return nats + proven.toBeShown * standardError < counted.entropy.nats ? known : undefined;
    const gains = losses[k].map((loss, j) => counted.losses[placeOf[j]] - loss);
    const gain = mean(gains);
    const error = blockStandardError(gains, judged.blocks) ?? Number.POSITIVE_INFINITY;
    if (gain <= proven.toBeShown * error) return undefined;
    const ofCounting = blockStandardError(counted.losses, blocks) ?? Number.POSITIVE_INFINITY;
    const errorByDifference = Math.hypot(ofCounting, error);
    if (errorByDifference >= standardError) return known;
    return { ...known, nats: Math.max(0, mean(counted.losses) - gain), standardError: errorByDifference };
  };
}

/** Where each of some steps stands among all labelled ones. */
function placesOf(steps: Int32Array, labelled: Int32Array): Int32Array {
  const places = new Map(Array.from(steps, (step) => [step, -1]));
  for (const [j, step] of labelled.entries()) if (places.has(step)) places.set(step, j);
  return steps.map((step) => places.get(step)!);
}

/** Probes know the labels better than the frequencies of the classes do, beyond chance. */
export function probesTell({ staircase }: Probed): boolean {
  return staircase.some(({ gain }) => gain.nats > proven.toCount * (gain.standardError ?? Number.POSITIVE_INFINITY));
}

/**
 * Share of what is known about the labels that the values within the order bring. Not more: a probe, which meets few
 * crops as short as that, learns the last percent with more values than labels need.
 */
const orderShare = 0.9;

/**
 * The past values that bring most of what is known, by the estimator that knows labels best: where that is counting, no
 * fewer than its test accepted, whatever probes show; where it is a probe, whose losses are `near`, its past has to help
 * it at the same labels, beyond chance, whatever was accepted of bins that hide the present value.
 */
export function orderOf(entropies: readonly DepthEntropy[], counted: number, near?: Probed): number {
  const [none, last] = [entropies[0], entropies[entropies.length - 1]];
  const enough = last.nats + (1 - orderShare) * (none.nats - last.nats);
  const needed = Math.max(0, (entropies.find(({ nats }) => nats <= enough)?.depth ?? 1) - 1);
  if (last.source !== 'probe' || !near) return Math.max(needed, counted);
  return pastHelps(near, needed + 1) ? needed : 0;
}

/** With `depth` values, or as many as it sees, the probe loses less than with the present one alone: by three standard errors. */
function pastHelps({ staircase, losses, judged }: Probed, depth: number): boolean {
  const k = staircase.findLastIndex((step) => step.depth <= depth);
  const gains = losses[0].map((loss, j) => loss - losses[k][j]);
  return mean(gains) > proven.toCount * (blockStandardError(gains, judged.blocks) ?? Number.POSITIVE_INFINITY);
}
