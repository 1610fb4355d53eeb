/**
 * What counting reaches on blocks that were not counted: the entropies of contexts that are too rare for their own
 * frequencies to say how well labels can be known.
 */
import type { Grouping } from './contexts.ts';
import { refine } from './contexts.ts';
import type { Labelled } from './evidence.ts';

/** Labels are judged in so many parts of neighbouring rows, each by the counts of all others. */
const parts = 10;

/** Losses at every labelled step, by the contexts of one depth and, where these are rare, of those before it. */
export interface HeldOutDepth {
  losses: Float64Array;
  nats: number;
}

/**
 * For contexts that grow by one value at a time, the loss of interpolated counts of all parts but the label's own, by
 * two formulae of which, for each depth, the one that loses less is kept:
 * - Witten & Bell (1991, method C): p_d(y) = (n_xy + m_x p_{d-1}(y)) / (n_x + m_x), m_x different labels in context x;
 * - Kneser & Ney (1995, interpolated: Chen & Goodman 1999): p_d(y) = (max(0, n_xy − D) + D m_x q_{d-1}(y)) / n_x, where
 *   q counts, in place of steps, the contexts one value deeper in which a label was seen.
 * p_{-1} is uniform. Of contexts that do not refine those before them, only the first is used.
 */
export function heldOutEntropies(labelled: Labelled, groupings: readonly Grouping[]): HeldOutDepth[] {
  const { labels, classes } = labelled;
  const uniform = () => new Float64Array(labels.length).fill(1 / classes);
  let wittenBell: Float64Array = uniform();
  let continued: Float64Array = uniform();
  let before: Level | undefined;
  return groupings.map((contexts) => {
    const level = countLevel(labelled, contexts);
    wittenBell = interpolated(labelled, level, wittenBell, (seen, distinct) => {
      const weight = Math.max(1, distinct);
      return { discount: 0, weight, total: seen + weight };
    });
    const parents = before && parentsOf(before, level);
    if (before && parents) continued = kneserNey(labelled, continuationOf(before, level, parents), continued);
    const isChain = before === undefined || parents !== undefined;
    before = level;
    const losses = lossesOf(wittenBell);
    if (!isChain) return losses;
    const others = lossesOf(kneserNey(labelled, level, continued));
    return others.nats < losses.nats ? others : losses;
  });
}

/** Counts of one grouping outside each part, [part + parts · id], and what every pair of a context and a label consists of. */
interface Level {
  contexts: Grouping;
  pairs: Grouping;
  ofPair: Int32Array;
  contextOf: Int32Array;
}

function countLevel({ labels, classes, blocks }: Labelled, contexts: Grouping): Level {
  const pairs = refine(contexts, labels, classes);
  const ofPair = new Int32Array(pairs.count * parts);
  const contextOf = new Int32Array(pairs.count);
  for (let j = 0; j < labels.length; j++) {
    ofPair[pairs.ids[j] * parts + partOf(blocks[j])]++;
    contextOf[pairs.ids[j]] = contexts.ids[j];
  }
  for (let at = 0; at < ofPair.length; at += parts) {
    let total = 0;
    for (let part = 0; part < parts; part++) total += ofPair[at + part];
    for (let part = 0; part < parts; part++) ofPair[at + part] = total - ofPair[at + part];
  }
  return { contexts, pairs, ofPair, contextOf };
}

/** Neighbouring blocks of the twenty belong to one part. */
function partOf(block: number): number {
  return block >> 1;
}

/** For each pair, that of the shallower level which it is a part of; undefined where contexts are no refinement. */
function parentsOf(shallow: Level, deep: Level): Int32Array | undefined {
  const parents = new Int32Array(deep.pairs.count).fill(-1);
  const [own, above] = [deep.pairs.ids, shallow.pairs.ids];
  for (let j = 0; j < own.length; j++) {
    if (parents[own[j]] === -1) parents[own[j]] = above[j];
    else if (parents[own[j]] !== above[j]) return undefined;
  }
  return parents;
}

/** The shallower level with, for each pair, the deeper contexts that it occurs in, in place of its steps. */
function continuationOf(shallow: Level, deep: Level, parents: Int32Array): Level {
  const ofPair = new Int32Array(shallow.ofPair.length);
  for (let pair = 0; pair < parents.length; pair++) {
    for (let part = 0; part < parts; part++) {
      if (deep.ofPair[pair * parts + part] > 0) ofPair[parents[pair] * parts + part]++;
    }
  }
  return { ...shallow, ofPair };
}

/** The discount of each part is that of Ney, Essen & Kneser (1994): n1 / (n1 + 2 n2), n_k pairs that occur k times. */
function kneserNey(labelled: Labelled, level: Level, below: Float64Array): Float64Array {
  const [once, twice] = [new Float64Array(parts), new Float64Array(parts)];
  for (let at = 0; at < level.ofPair.length; at++) {
    if (level.ofPair[at] === 1) once[at % parts]++;
    if (level.ofPair[at] === 2) twice[at % parts]++;
  }
  const discounts = once.map((n1, part) => Math.min(0.95, Math.max(0.05, n1 / Math.max(1, n1 + 2 * twice[part]))));
  return interpolated(labelled, level, below, (seen, distinct, part) => {
    const weight = discounts[part] * distinct;
    return seen > 0 ? { discount: discounts[part], weight, total: seen } : { discount: 0, weight: 1, total: 1 };
  });
}

/** How counts of a context, `seen` steps with `distinct` labels, are mixed with the level below. */
type Mixture = (seen: number, distinct: number, part: number) => { discount: number; weight: number; total: number };

/** [n] The probability of each label: (max(0, n_xy − discount) + weight · below) / total. */
function interpolated({ blocks }: Labelled, level: Level, below: Float64Array, mixture: Mixture): Float64Array {
  const { contexts, pairs, ofPair, contextOf } = level;
  const seen = new Int32Array(contexts.count * parts);
  const distinct = new Int32Array(contexts.count * parts);
  for (let at = 0; at < ofPair.length; at++) {
    if (ofPair[at] === 0) continue;
    const part = at % parts;
    const context = contextOf[(at - part) / parts] * parts + part;
    seen[context] += ofPair[at];
    distinct[context]++;
  }
  return below.map((probability, j) => {
    const part = partOf(blocks[j]);
    const context = contexts.ids[j] * parts + part;
    const { discount, weight, total } = mixture(seen[context], distinct[context], part);
    return (Math.max(0, ofPair[pairs.ids[j] * parts + part] - discount) + weight * probability) / total;
  });
}

function lossesOf(probabilities: Float64Array): HeldOutDepth {
  const losses = probabilities.map((probability) => -Math.log(probability));
  return { losses, nats: losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length) };
}
