/**
 * The blocks of neighbouring rows that a probe is trained and judged on, and the error of a mean over them.
 */
import type { ProbedData } from './probed-data.ts';

/** Which labelled steps train a probe, and which judge it. Steps are indices in the data, ascending. */
export interface ProbeSplit {
  training: Int32Array;
  /** Those of two parts: each judges the probe at the stage of its training that is best on the other part. */
  judged: [JudgedSteps, JudgedSteps];
}

export interface JudgedSteps {
  steps: Int32Array;
  /** [n] The block of each. */
  blocks: Int32Array;
}

/** Blocks, of which one in eight belongs to each judged part: twenty held-out blocks in all. */
const blockCount = 80;
const judgedAt = [3, 7];
const cycle = 8;
/** After so many folds, each of which holds out other blocks, all blocks were judged. */
export const allFolds = 4;
/** With fewer rows than this, rows are cut into blocks; otherwise they stay whole, as a job's split keeps them. */
const leastRows = 8;

/** Labelled steps by the block of their row; at most `most` of each judged part, evenly spread. `fold`: 0 .. 3. */
export function splitForProbe(
  { mask, starts }: Pick<ProbedData, 'mask' | 'starts'>,
  most: number,
  fold = 0,
): ProbeSplit {
  const rows = starts.length - 1;
  const blocks = Math.min(blockCount, rows < leastRows ? blockCount : rows);
  const training: number[] = [];
  const parts: [number[], number[]] = [[], []];
  const steps = mask.length;
  for (let r = 0; r < rows; r++) {
    for (let step = starts[r]; step < starts[r + 1]; step++) {
      if (mask[step] <= 0) continue;
      const block = Math.floor(blocks * (rows < leastRows ? step / steps : r / rows));
      const part = judgedAt.indexOf((block + cycle - fold) % cycle);
      if (part === -1) training.push(step);
      else parts[part].push(step);
    }
  }
  const blockOf = rowBlocks(starts, rows, blocks, steps);
  return {
    training: Int32Array.from(training),
    judged: [spread(parts[0], most, blockOf), spread(parts[1], most, blockOf)],
  };
}

function rowBlocks(starts: Int32Array, rows: number, blocks: number, steps: number): (step: number) => number {
  if (rows < leastRows) return (step) => Math.floor((blocks * step) / steps);
  let row = 0;
  return (step) => {
    while (step >= starts[row + 1]) row++;
    if (step < starts[row]) for (row = 0; step >= starts[row + 1]; ) row++;
    return Math.floor((blocks * row) / rows);
  };
}

function spread(steps: number[], most: number, blockOf: (step: number) => number): JudgedSteps {
  const stride = Math.max(1, steps.length / most);
  const taken = Int32Array.from({ length: Math.min(most, steps.length) }, (_, k) => steps[Math.floor(k * stride)]);
  return { steps: taken, blocks: taken.map(blockOf) };
}

/**
 * Standard error of a mean whose values hang together within blocks: by the blocks' sums, as for the ratio of two totals
 * (Cochran, Sampling Techniques, 1977, section 9A). 0 with a single block says nothing; then it is undefined.
 */
export function blockStandardError(values: Float64Array, blocks: Int32Array): number | undefined {
  const sums = new Map<number, { sum: number; count: number }>();
  let total = 0;
  for (let j = 0; j < values.length; j++) {
    const of = sums.get(blocks[j]) ?? { sum: 0, count: 0 };
    of.sum += values[j];
    of.count++;
    total += values[j];
    sums.set(blocks[j], of);
  }
  const groups = sums.size;
  if (groups < 2) return undefined;
  const mean = total / values.length;
  let squares = 0;
  for (const { sum, count } of sums.values()) squares += (sum - count * mean) ** 2;
  return Math.sqrt((groups / (groups - 1)) * squares) / values.length;
}
