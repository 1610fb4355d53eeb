/**
 * How far back labels reach along an axis: contexts grow by one value at a time for as long as the sample supports it,
 * and the deepest that tells more is kept.
 */

import { type Axis, type Symbols, Walk } from '../sampling/axes.ts';
import { type Grouping, refine } from './contexts.ts';
import { compareFits, type Fit, fitGroups, fitMarginal, type Labelled } from './evidence.ts';

/** What was found for the contexts of one depth: `depth` values, the present one included. */
interface DepthFit {
  depth: number;
  fit: Fit;
  /** It tells significantly and materially more than every shallower depth. */
  accepted: boolean;
  /** Blocks agree, at a lenient level, that it may tell more. */
  suspected: boolean;
}

export interface OrderSearch {
  /** By depth, from 0. */
  depths: DepthFit[];
  /** The deepest accepted. */
  best: DepthFit;
}

/** Deepest context that is counted jointly; single values further back are looked at by `searchLags`. */
export const maximumDepth = 12;
/**
 * The sample supports contexts that have two steps on average. More than 65,536 are not counted: their tables no longer
 * fit into a processor's cache.
 */
const stepsPerContext = 2;
const mostContexts = 2 ** 16;
/** Where more contexts with a label occur than this, and than half the labels, most occur once: none deeper would be met again. */
const mostPairs = 2 ** 16;
/** One-sided t with 19 degrees of freedom: p = 0.03. */
const lenientT = 2;
/**
 * Share of H(y) that a deeper context has to bring. Bins hide values, and neighbours of a smooth series tell a little
 * of what they hide.
 */
const material = { counted: 0.01, binned: 0.05 };

export function leastGain(labelEntropy: number, symbols: Symbols): number {
  return labelEntropy * (symbols.binned ? material.binned : material.counted);
}

/**
 * Every depth is compared with the best shallower one, not with the depth before: under parity nothing helps until the
 * last needed value is there. Ends when the labels are determined, or the contexts have become too rare to meet again:
 * fewer than `contextSize` steps to each.
 */
export function searchOrder(
  labelled: Labelled,
  axis: Axis,
  symbols: Symbols,
  deepest = maximumDepth,
  contextSize = stepsPerContext,
): OrderSearch {
  const marginal = { depth: 0, fit: fitMarginal(labelled), accepted: true, suspected: false };
  const depths: DepthFit[] = [marginal];
  const least = leastGain(marginal.fit.nats, symbols);
  const walk = new Walk(axis, symbols, labelled.steps);
  let best = marginal;
  for (let depth = 1; depth <= deepest; depth++) {
    if (depth > 1) walk.advance();
    const before = depths[depth - 1].fit.grouping;
    const grouping = refine(before, walk.codes, walk.codeCount);
    const isSupported = grouping.count <= Math.min(mostContexts, labelled.labels.length / contextSize);
    if (depth > 1 && (grouping.count === before.count || !isSupported)) break;
    const fit = fitGroups(labelled, grouping, best.fit);
    // The blocks need no comparing where the fit predicts worse in all.
    const comparison = fit.loss < best.fit.loss ? compareFits(labelled, fit, best.fit) : undefined;
    const accepted = (comparison?.significant ?? false) && best.fit.loss - fit.loss >= least;
    depths.push({ depth, fit, accepted, suspected: (comparison?.t ?? 0) > lenientT });
    if (accepted) best = depths[depth];
    const isScattered = fit.pairs.count > Math.max(mostPairs, labelled.labels.length / 2);
    if (isScattered || isDetermined(best.fit, marginal.fit)) break;
  }
  return { depths, best };
}

/** Nothing is left to explain. */
export function isDetermined(fit: Fit, marginal: Fit): boolean {
  return attainable(fit) <= 1e-3 * marginal.nats;
}

/**
 * The entropy of an accepted fit. Where most contexts are rare, those that occur once would pass for determined, so
 * only the repeated ones speak.
 */
export function attainable(fit: Fit): number {
  return fit.wellSeen >= 0.9 ? fit.nats : fit.natsOfRepeated;
}

/** The fit of the present value with all past ones that help: what any further value is measured against. */
export function knownContext({ depths, best }: OrderSearch): Fit {
  return best.depth === 0 && depths.length > 1 ? depths[1].fit : best.fit;
}

/** Steps on which single lags are tried. */
const lagSteps = 25_000;
const furthestLag = 128;

/**
 * Single values further back than the joint contexts reach: the lag that tells most beside `known`, if one does. Tried
 * on the first 25,000 labelled steps, if these support one value more. Values that only help together, far back, are
 * not found.
 */
export function searchLag(
  labelled: Labelled,
  axis: Axis,
  symbols: Symbols,
  known: Fit,
  least: number,
  from: number,
): number | undefined {
  const part = firstLabelled(labelled, lagSteps);
  if (known.grouping.count * symbols.count > part.labels.length / stepsPerContext) return undefined;
  const base = fitGroups(part, firstOf(known.grouping, part.labels.length), fitMarginal(part));
  const walk = new Walk(axis, symbols, part.steps);
  let best: { lag: number; gain: number } | undefined;
  for (let lag = 1; lag <= furthestLag; lag++) {
    walk.advance();
    if (lag < from) continue;
    if (walk.isOver()) break;
    const fit = fitGroups(part, refine(base.grouping, walk.codes, walk.codeCount), base);
    const gain = base.loss - fit.loss;
    if (gain < least || gain <= (best?.gain ?? 0)) continue;
    if (compareFits(part, fit, base).significant) best = { lag, gain };
  }
  return best?.lag;
}

/** The contexts of `known` with one more value, `lag` steps back. */
export function withLag(labelled: Labelled, axis: Axis, symbols: Symbols, known: Fit, lag: number): Fit {
  const walk = new Walk(axis, symbols, labelled.steps);
  for (let k = 0; k < lag; k++) walk.advance();
  return fitGroups(labelled, refine(known.grouping, walk.codes, walk.codeCount), known);
}

function firstLabelled(labelled: Labelled, count: number): Labelled {
  if (labelled.labels.length <= count) return labelled;
  const blocks = Uint8Array.from({ length: count }, (_, j) => Math.floor((20 * j) / count));
  return {
    ...labelled,
    steps: labelled.steps.subarray(0, count),
    labels: labelled.labels.subarray(0, count),
    blocks,
  };
}

function firstOf({ ids, count }: Grouping, steps: number): Grouping {
  return { ids: ids.subarray(0, steps), count };
}
