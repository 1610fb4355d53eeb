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
 * For contexts that grow by one value at a time, the loss of interpolated counts (Witten & Bell 1991, method C):
 *   p_d(y) = (n_xy + m_x p_{d-1}(y)) / (n_x + m_x)
 * with counts of all blocks but the label's own, m_x different labels in context x, and p_{-1} uniform.
 */
export function heldOutEntropies(labelled: Labelled, groupings: readonly Grouping[]): HeldOutDepth[] {
  const { labels, classes, blocks } = labelled;
  const probability = new Float64Array(labels.length).fill(1 / classes);
  return groupings.map((contexts) => {
    const pairs = refine(contexts, labels, classes);
    const ofPair = new Int32Array(pairs.count * parts);
    const contextOf = new Int32Array(pairs.count);
    for (let j = 0; j < labels.length; j++) {
      ofPair[pairs.ids[j] * parts + partOf(blocks[j])]++;
      contextOf[pairs.ids[j]] = contexts.ids[j];
    }
    const { seen, distinct } = outside(ofPair, contextOf, contexts.count);
    const losses = new Float64Array(labels.length);
    let sum = 0;
    for (let j = 0; j < labels.length; j++) {
      const part = partOf(blocks[j]);
      const context = contexts.ids[j] * parts + part;
      const weight = Math.max(1, distinct[context]);
      probability[j] = (ofPair[pairs.ids[j] * parts + part] + weight * probability[j]) / (seen[context] + weight);
      losses[j] = -Math.log(probability[j]);
      sum += losses[j];
    }
    return { losses, nats: sum / Math.max(1, labels.length) };
  });
}

/** Neighbouring blocks of the twenty belong to one part. */
function partOf(block: number): number {
  return block >> 1;
}

/** Turns the counts of each part into those of all others; steps and different labels of each context there. */
function outside(ofPair: Int32Array, contextOf: Int32Array, contexts: number) {
  const seen = new Int32Array(contexts * parts);
  const distinct = new Int32Array(contexts * parts);
  for (let pair = 0; pair < contextOf.length; pair++) {
    let total = 0;
    for (let part = 0; part < parts; part++) total += ofPair[pair * parts + part];
    for (let part = 0; part < parts; part++) {
      const others = total - ofPair[pair * parts + part];
      ofPair[pair * parts + part] = others;
      seen[contextOf[pair] * parts + part] += others;
      if (others > 0) distinct[contextOf[pair] * parts + part]++;
    }
  }
  return { seen, distinct };
}
