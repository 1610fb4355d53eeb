/**
 * What labels can be known to, by depth: what counting and probes have found side by side, and of both the lower where
 * that is proven.
 */

import type { Fit } from '../counting/evidence.ts';
import type { Examination } from '../counting/examination.ts';
import { type HeldOutDepth, heldOutEntropies } from '../counting/held-out-entropies.ts';
import { attainable, isDetermined } from '../counting/order.ts';
import { blockStandardError } from '../probing/held-out-blocks.ts';
import type { Probed, ProbedDepth } from '../probing/staircase.ts';
import type { DepthEntropy } from './doctor-schema.ts';

/** Share of H(y) that the frequencies of contexts may be below what they predict on blocks that were not counted. */
const agreement = 0.02;

/**
 * H(y | depth values) by counting, never rising with depth. Contexts that determine their label, or predict other
 * blocks as well as they say, speak for themselves; what rare ones tell is what they reach on blocks that were not counted.
 */
export function countedEntropies({ time, labelled, known, order }: Examination): DepthEntropy[] {
  const fits = time.depths.map(({ fit }) => fit);
  const [marginal] = fits;
  const heldOut = heldOutEntropies(labelled, [...fits.map(({ grouping }) => grouping), known.grouping]);
  const blocks = Int32Array.from(labelled.blocks);
  const isExact = (fit: Fit, { nats }: HeldOutDepth) =>
    fit === marginal || isDetermined(fit, marginal) || nats - attainable(fit) <= agreement * marginal.nats;
  const entropies: DepthEntropy[] = [];
  let best = heldOut[0];
  const add = (depth: number, { fit, accepted }: { fit: Fit; accepted: boolean }, of: HeldOutDepth) => {
    const above = entropies.at(-1);
    const reached = isExact(fit, of)
      ? { nats: Math.max(0, attainable(fit)) }
      : { nats: of.nats, ...errorOf(of.losses, blocks) };
    const bestAccuracy = Math.max(above?.bestAccuracy ?? 0, accepted ? fit.accuracy : 0);
    if (!above || (reached.nats < above.nats && (accepted || isBetter(of, best, blocks)))) {
      entropies.push({ depth, ...reached, bestAccuracy, source: 'counted' });
      best = of;
    } else entropies.push({ ...above, depth, bestAccuracy });
  };
  for (const [depth, found] of time.depths.entries()) add(depth, found, heldOut[depth]);
  if (order >= entropies.length) add(order + 1, { fit: known, accepted: true }, heldOut[heldOut.length - 1]);
  return entropies;
}

/** Standard errors by which a deeper context has to be better on blocks that were not counted, where the test did not accept it. */
const clearly = 3;

function isBetter(deeper: HeldOutDepth, best: HeldOutDepth, blocks: Int32Array): boolean {
  const gains = best.losses.map((loss, j) => loss - deeper.losses[j]);
  const error = blockStandardError(gains, blocks) ?? Number.POSITIVE_INFINITY;
  return best.nats - deeper.nats > clearly * error;
}

function errorOf(losses: Float64Array | undefined, blocks: Int32Array): { standardError?: number } {
  const standardError = losses && blockStandardError(losses, blocks);
  return standardError === undefined ? {} : { standardError };
}

/** Standard errors that a probe must be below what was counted, to take its place. */
const proven = 3;

/** Both staircases as one: at each depth that either lists, the lowest loss that is proven with no more values. */
export function lowestProven(counted: readonly DepthEntropy[], probed: readonly ProbedDepth[]): DepthEntropy[] {
  const depths = [...new Set([...counted, ...probed].map(({ depth }) => depth))].sort((a, b) => a - b);
  const merged: DepthEntropy[] = [];
  for (const depth of depths) {
    const candidates = [merged.at(-1), counted.find((one) => one.depth === depth)];
    let best = candidates.reduce((low, one) => (one && (!low || one.nats < low.nats) ? one : low), undefined);
    const probe = probed.find((one) => one.depth === depth);
    const margin = proven * (probe?.standardError ?? Number.POSITIVE_INFINITY);
    if (probe && (!best || isBelow(probe, best, margin))) best = probe;
    if (!best) continue;
    const bestAccuracy = Math.max(merged.at(-1)?.bestAccuracy ?? 0, best.bestAccuracy);
    merged.push({ ...best, depth, bestAccuracy });
  }
  return merged;
}

/** A probe follows a shallower probe where it is lower; what was counted it has to beat beyond its error. */
function isBelow(probe: ProbedDepth, best: DepthEntropy, margin: number): boolean {
  return best.source === 'probe' ? probe.nats < best.nats : probe.nats + margin < best.nats;
}

/**
 * Share of what is known about the labels that the values within the order bring. Not more: a probe, which meets few
 * crops as short as that, learns the last percent with more values than labels need.
 */
const orderShare = 0.9;

/**
 * The past values that bring most of what is known; where counting knows labels best, no fewer than its test accepted.
 * `near`: the probe's losses, by which the past has to help at the same labels, beyond chance.
 */
export function orderOf(entropies: readonly DepthEntropy[], counted: number, near?: Probed): number {
  const [none, last] = [entropies[0], entropies[entropies.length - 1]];
  const enough = last.nats + (1 - orderShare) * (none.nats - last.nats);
  const needed = Math.max(0, (entropies.find(({ nats }) => nats <= enough)?.depth ?? 1) - 1);
  if (last.source !== 'probe' || !near) return Math.max(needed, counted);
  return pastHelps(near, needed + 1) ? needed : counted;
}

/** With `depth` values, or as many as it sees, the probe loses less than with the present one alone: by three standard errors. */
function pastHelps({ staircase, losses, blocks }: Probed, depth: number): boolean {
  const k = staircase.findLastIndex((step) => step.depth <= depth);
  const gains = losses[0].map((loss, j) => loss - losses[k][j]);
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  return mean > proven * (blockStandardError(gains, blocks) ?? Number.POSITIVE_INFINITY);
}
