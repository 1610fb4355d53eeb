/**
 * What a mean over held-out steps is worth: neighbouring steps are alike, so blocks of neighbours are the independent
 * observations, and the standard error is that of the means of blocks (batch means; for blocks of unequal size the
 * ratio estimator of Cochran, _Sampling Techniques_, 1977, ch. 6).
 */
import type { Random } from '../../../model/random.ts';

/** Blocks of neighbouring labelled steps; where there are as many sequences, each of them is one. */
export const leastBlocks = 20;

/** A sum over some labelled steps, and how many they are. */
export interface Block {
  sum: number;
  steps: number;
}

/** Standard error of Σ sum / Σ steps over blocks; undefined: one block says nothing of it. */
export function standardErrorOf(blocks: readonly Block[]): number | undefined {
  const counted = blocks.filter(({ steps }) => steps > 0);
  const total = counted.reduce((sum, { steps }) => sum + steps, 0);
  if (counted.length < 2) return undefined;
  const mean = counted.reduce((sum, block) => sum + block.sum, 0) / total;
  const squares = counted.reduce((sum, block) => sum + (block.sum - mean * block.steps) ** 2, 0);
  return Math.sqrt((squares * counted.length) / (counted.length - 1)) / total;
}

/** Numbers of `count` blocks, drawn with replacement (Efron, "Bootstrap methods", Ann. Statist. 7, 1979). */
export function resampled(count: number, random: Random): number[] {
  return Array.from({ length: count }, () => random.integer(count));
}
