/**
 * The rows of each split in blocks of neighbours: what hangs together lies in one block.
 */
import type { Sample } from './sample.ts';

export interface SplitBlocks {
  /** Blocks of the first split, on which models train, and then of the others, in their order. */
  names: string[];
  /** For each split, the numbers of its blocks. */
  ofSplit: number[][];
  /** [R] The block of each row. */
  ofRow: Int32Array;
  count: number;
}

/** Blocks of the first split at most; those of the others have about as many rows. */
const mostBlocks = 20;
/** With two blocks, a part shows how far its blocks differ. */
const leastBlocks = 2;

/** undefined where rows are not split, or not all of the parts have rows. */
export function splitBlocks({ splits, starts }: Sample): SplitBlocks | undefined {
  const rows = starts.length - 1;
  if (!splits || splits.names.length < 2) return undefined;
  const { names, ofRow: splitOf } = splits;
  const rowsOf = names.map((_, s) => Array.from({ length: rows }, (_, r) => r).filter((r) => splitOf[r] === s));
  const [training] = rowsOf;
  if (training.length === 0) return undefined;
  const blockRows = Math.ceil(training.length / mostBlocks);
  const ofRow = new Int32Array(rows).fill(-1);
  let count = 0;
  const ofSplit = rowsOf.map((of) => {
    const blocks = Math.min(of.length, Math.max(leastBlocks, Math.round(of.length / blockRows)));
    for (const [k, r] of of.entries()) ofRow[r] = count + Math.floor((k * blocks) / of.length);
    count += blocks;
    return Array.from({ length: blocks }, (_, k) => count - blocks + k);
  });
  return { names, ofSplit, ofRow, count };
}

/** Whether each split is one run of neighbouring rows. */
export function isSplitByOrder({ splits, starts }: Sample): boolean {
  if (!splits) return false;
  let changes = 0;
  for (let r = 1; r + 1 < starts.length; r++) if (splits.ofRow[r] !== splits.ofRow[r - 1]) changes++;
  return changes < splits.names.length;
}
