/**
 * What labels can be known to by counting, by depth.
 */
import type { Fit } from '../counting/evidence.ts';
import type { Examination } from '../counting/examination.ts';
import { type HeldOutDepth, heldOutEntropies } from '../counting/held-out-entropies.ts';
import { attainable, isDetermined } from '../counting/order.ts';
import { blockStandardError } from '../probing/held-out-blocks.ts';
import type { DepthEntropy } from './doctor-schema.ts';

/** Share of H(y) that the frequencies of contexts may be below what they predict on blocks that were not counted. */
const agreement = 0.02;

/** What labels can be known to by counting, and the loss of the same contexts at each label where its block was not counted. */
export interface CountedDepth {
  entropy: DepthEntropy;
  losses: Float64Array;
}

/**
 * H(y | depth values) by counting, never rising with depth. Contexts that determine their label, or predict other
 * blocks as well as they say, speak for themselves; what rare ones tell is what they reach on blocks that were not counted.
 */
export function countedEntropies({ time, labelled, known, order }: Examination): CountedDepth[] {
  const fits = time.depths.map(({ fit }) => fit);
  const [marginal] = fits;
  const heldOut = heldOutEntropies(labelled, [...fits.map(({ grouping }) => grouping), known.grouping]);
  const blocks = Int32Array.from(labelled.blocks);
  const isExact = (fit: Fit, { nats }: HeldOutDepth) =>
    fit === marginal || isDetermined(fit, marginal) || nats - attainable(fit) <= agreement * marginal.nats;
  const entropies: CountedDepth[] = [];
  let best = heldOut[0];
  const add = (depth: number, { fit, accepted }: { fit: Fit; accepted: boolean }, of: HeldOutDepth) => {
    const above = entropies.at(-1)?.entropy;
    const reached = isExact(fit, of)
      ? { nats: Math.max(0, attainable(fit)) }
      : { nats: of.nats, ...errorOf(of.losses, blocks) };
    const bestAccuracy = Math.max(above?.bestAccuracy ?? 0, accepted ? fit.accuracy : 0);
    if (!above || (reached.nats < above.nats && (accepted || isBetter(of, best, blocks)))) {
      entropies.push({ entropy: { depth, ...reached, bestAccuracy, source: 'counted' }, losses: of.losses });
      best = of;
    } else entropies.push({ entropy: { ...above, depth, bestAccuracy }, losses: best.losses });
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
