/**
 * What is measured in each block of the rows of a split: moments of features, shares of kinds, and how much more is lost on
 * labels than their inputs let one expect. NaN where a block has none of it.
 */
import { refine } from '../../counting/contexts.ts';
import type { Examination } from '../../counting/examination.ts';
import { lowest } from '../../probing/mixture.ts';
import type { ProbedPast } from '../../probing/past.ts';
import { rowsOfSteps, type Sample } from '../../sampling/sample.ts';
import { type SplitBlocks, splitBlocks } from '../../sampling/split-blocks.ts';

/** Numbers that are looked at, all features together; tokens, or classes, that are counted: the most frequent. */
const lookedAtNumbers = 8_000_000;
const mostKinds = 64;
/** Labels that a context has to have in the training part for what it says of them to count. */
const labelsOfContext = 20;
/** Share of a block's labels that lie in such contexts, or it does not count. */
const judgedShare = 0.5;

/** For each block, the share of its counted steps that each of the most frequent kinds has. */
export function sharesOf(
  { starts, labels }: Sample,
  { ofRow, count }: SplitBlocks,
  kinds: ArrayLike<number>,
  counts: Float32Array,
): { kind: number; ofBlock: Float64Array }[] {
  const total = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) if (counts[i] > 0) total.set(kinds[i], (total.get(kinds[i]) ?? 0) + 1);
  const chosen = [...total].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, mostKinds);
  const numberOf = new Map(chosen.map(([kind], k) => [kind, k]));
  const shares = chosen.map(() => new Float64Array(count));
  const steps = new Float64Array(count);
  for (let r = 0; r + 1 < starts.length; r++) {
    for (let i = starts[r]; i < starts[r + 1]; i++) {
      if (counts[i] <= 0 || ofRow[r] < 0) continue;
      steps[ofRow[r]]++;
      const k = numberOf.get(kinds[i]);
      if (k !== undefined) shares[k][ofRow[r]]++;
    }
  }
  return chosen.map(([kind], k) => ({
    kind,
    ofBlock: shares[k].map((share, block) => (steps[block] > 0 ? share / steps[block] : Number.NaN)),
  }));
}

/** By feature and block: means and standard deviations; and the standard deviation of each feature within blocks. */
export function moments(sample: Sample, { ofRow, count, ofSplit: [training] }: SplitBlocks, features: Int32Array) {
  const { starts, inputs, labels } = sample;
  const I = features.length;
  const stride = Math.max(1, Math.ceil((labels.length * I) / lookedAtNumbers));
  const steps = new Float64Array(count);
  const sums = new Float64Array(count * I);
  const squares = new Float64Array(count * I);
  for (let r = 0; r + 1 < starts.length; r++) {
    const block = ofRow[r];
    if (block < 0) continue;
    for (let step = starts[r] + (r % stride); step < starts[r + 1]; step += stride) {
      steps[block]++;
      for (let i = 0; i < I; i++) {
        const value = inputs[step * sample.features + features[i]];
        sums[block * I + i] += value;
        squares[block * I + i] += value * value;
      }
    }
  }
  const ofBlocks = (i: number, of: (n: number, sum: number, square: number) => number) =>
    Float64Array.from(steps, (n, block) => (n > 0 ? of(n, sums[block * I + i], squares[block * I + i]) : Number.NaN));
  const all = Array.from({ length: I }, (_, i) => i);
  const total = (values: Float64Array, i: number) => training.reduce((sum, block) => sum + values[block * I + i], 0);
  const trained = training.reduce((sum, block) => sum + steps[block], 0);
  return {
    means: all.map((i) => ofBlocks(i, (n, sum) => sum / n)),
    deviations: all.map((i) => ofBlocks(i, (n, sum, square) => Math.sqrt(Math.max(0, square / n - (sum / n) ** 2)))),
    scale: all.map((i) => Math.sqrt(Math.max(0, total(squares, i) / trained - (total(sums, i) / trained) ** 2))),
  };
}

/** By block of the examined part of the data, of which there are as many: what is lost beyond what frequencies expect. */
export function countedSurprise({ sample, labelled, known, positions }: Examination): Float64Array {
  const blocks = splitBlocks(sample);
  if (!blocks) return new Float64Array();
  const blockOf = Int32Array.from(labelled.steps, (step) => blocks.ofRow[positions.rowOf[step]]);
  return unexpectedLoss(blockOf, labelled, known.grouping, blocks);
}

/** By block: the mean of what the probe lost beyond what it expected, where it loses least. */
export function probedSurprise(sample: Sample, { known }: ProbedPast, { ofRow, count }: SplitBlocks): Float64Array {
  const { staircase, losses, expected, judged } = known;
  const best = staircase.indexOf(lowest(staircase));
  const rowOf = rowsOfSteps(sample);
  const [sums, counts] = [new Float64Array(count), new Int32Array(count)];
  for (const [j, step] of judged.steps.entries()) {
    sums[ofRow[rowOf[step]]] += losses[best][j] - expected[best][j];
    counts[ofRow[rowOf[step]]]++;
  }
  return sums.map((sum, block) => (counts[block] > 0 ? sum / counts[block] : Number.NaN));
}

/** By block: the mean of -ln p(label) − H(label), p being the frequencies in the label's context over the training blocks but its own. */
function unexpectedLoss(
  blockOf: Int32Array,
  { labels, classes }: Examination['labelled'],
  contexts: Examination['known']['grouping'],
  { ofSplit: [training], count }: SplitBlocks,
): Float64Array {
  const isTraining = new Uint8Array(count);
  for (const block of training) isTraining[block] = 1;
  const pairs = refine(contexts, labels, classes);
  const pairsOf: number[][] = Array.from({ length: contexts.count }, () => []);
  const inTraining = new Int32Array(pairs.count);
  /** By block, for each of its contexts the labels of each pair. */
  const perBlock = Array.from({ length: count }, () => new Map<number, Map<number, number>>());
  let known = 0;
  for (let j = 0; j < labels.length; j++) {
    const [pair, context, block] = [pairs.ids[j], contexts.ids[j], blockOf[j]];
    // Pairs are numbered in the order of their first step.
    if (pair === known) {
      pairsOf[context].push(pair);
      known++;
    }
    if (isTraining[block]) inTraining[pair]++;
    const own = perBlock[block].get(context) ?? new Map<number, number>();
    own.set(pair, (own.get(pair) ?? 0) + 1);
    perBlock[block].set(context, own);
  }
  return Float64Array.from(perBlock, (ofContexts, block) => {
    let [sum, judged, all] = [0, 0, 0];
    for (const [context, own] of ofContexts) {
      const mine = pairsOf[context].map((pair) => own.get(pair) ?? 0);
      const elsewhere = pairsOf[context].map((pair, k) => inTraining[pair] - (isTraining[block] ? mine[k] : 0));
      const [here, total] = [sumOf(mine), sumOf(elsewhere)];
      all += here;
      if (total < labelsOfContext) continue;
      // Half a label of each class: what was never seen is not impossible.
      const losses = elsewhere.map((n) => -Math.log((n + 0.5) / (total + 0.5 * classes)));
      const expected = sumOf(elsewhere.map((n, k) => (n * losses[k]) / total));
      judged += here;
      sum += sumOf(mine.map((n, k) => n * losses[k])) - here * expected;
    }
    return judged > judgedShare * all ? sum / judged : Number.NaN;
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
