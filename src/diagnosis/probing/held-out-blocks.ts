/**
 * The blocks of neighbouring rows that a probe is trained and judged on, and the error of a mean over them.
 */
import type { ProbedData } from './probed-data.ts';

/** Labels that judge, of all parts one after the other: n of them. */
export interface JudgedLabels {
  /** [n] Steps of the data. */
  steps: Int32Array;
  /** [n] 0 .. C-1 */
  labels: Int32Array;
  /** [n] The block of each. */
  blocks: Int32Array;
  /** [n] Two parts of each fold, numbered from 0. */
  parts: Int32Array;
  /** [n,C] Frequencies of the labels that train in its fold, each counted half a time more than it occurs. */
  frequencies: Float32Array;
}

/** Labelled steps that train, ascending, and those that judge what they have trained. */
export interface Fold {
  training: Int32Array;
  judged: Int32Array;
}

export interface HeldOutLabels {
  folds: Fold[];
  judged: JudgedLabels;
}

/** Blocks, of which one in eight belongs to each judged part: twenty held-out blocks in all. */
const blockCount = 80;
const judgedAt = [3, 7];
const cycle = 8;
/** After so many folds, each of which holds out other blocks, all blocks were judged. */
export const allFolds = 4;
/** With fewer rows than this, rows are cut into blocks; otherwise they stay whole, as a job's split keeps them. */
const leastRows = 8;

type Labels = Pick<ProbedData, 'classes' | 'labels' | 'mask' | 'starts'>;

/**
 * Labelled steps by the block of their row; at most `most` of each judged part, evenly spread. Undefined where a part has
 * none to train or none to judge.
 */
export function holdOut(data: Labels, most: number, foldCount: number): HeldOutLabels | undefined {
  const folds: Fold[] = [];
  const [steps, blocks, parts, frequencies]: number[][] = [[], [], [], []];
  for (let fold = 0; fold < foldCount; fold++) {
    const { training, judged } = splitOf(data, most, fold);
    if (training.length === 0 || judged.some((part) => part.steps.length === 0)) return undefined;
    const ofClasses = frequenciesOf(data, training);
    for (const [half, part] of judged.entries()) {
      steps.push(...part.steps);
      blocks.push(...part.blocks);
      for (const _ of part.steps) parts.push(2 * fold + half);
      for (const _ of part.steps) frequencies.push(...ofClasses);
    }
    folds.push({ training, judged: Int32Array.from(judged.flatMap((part) => part.steps)) });
  }
  const labels = Int32Array.from(steps, (step) => data.labels[step]);
  return {
    folds,
    judged: {
      steps: Int32Array.from(steps),
      labels,
      blocks: Int32Array.from(blocks),
      parts: Int32Array.from(parts),
      frequencies: Float32Array.from(frequencies),
    },
  };
}

interface JudgedPart {
  steps: number[];
  blocks: number[];
}

function splitOf({ mask, starts }: Labels, most: number, fold: number) {
  const rows = starts.length - 1;
  const blocks = Math.min(blockCount, rows < leastRows ? blockCount : rows);
  const training: number[] = [];
  const parts: [JudgedPart, JudgedPart] = [
    { steps: [], blocks: [] },
    { steps: [], blocks: [] },
  ];
  for (let r = 0; r < rows; r++) {
    for (let step = starts[r]; step < starts[r + 1]; step++) {
      if (mask[step] <= 0) continue;
      const block = Math.floor(blocks * (rows < leastRows ? step / mask.length : r / rows));
      const part = judgedAt.indexOf((block + cycle - fold) % cycle);
      if (part === -1) training.push(step);
      else {
        parts[part].steps.push(step);
        parts[part].blocks.push(block);
      }
    }
  }
  return { training: Int32Array.from(training), judged: parts.map((part) => spread(part, most)) };
}

function spread({ steps, blocks }: JudgedPart, most: number): JudgedPart {
  const stride = Math.max(1, steps.length / most);
  const taken = Array.from({ length: Math.min(most, steps.length) }, (_, k) => Math.floor(k * stride));
  return { steps: taken.map((k) => steps[k]), blocks: taken.map((k) => blocks[k]) };
}

function frequenciesOf({ labels, classes }: Labels, steps: Int32Array): number[] {
  const counts = new Array<number>(classes).fill(0.5);
  for (const step of steps) counts[labels[step]]++;
  return counts.map((count) => count / (steps.length + classes / 2));
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
