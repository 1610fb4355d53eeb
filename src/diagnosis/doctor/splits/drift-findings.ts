/**
 * Drift between splits: held-out rows whose inputs, class shares, or labels given their inputs differ from those of the
 * training part by more than chance, and by more than pieces of the training part differ among themselves.
 */
import { type BlockDifference, blockDifference } from '../../counting/block-difference.ts';
import { refine } from '../../counting/contexts.ts';
import type { Examination } from '../../counting/examination.ts';
import type { ProbedPast } from '../../probing/past.ts';
import { evenFeatures, lookedAtFeatures, type Sample } from '../../sampling/sample.ts';
import { isSplitByOrder, type SplitBlocks, splitBlocks } from '../../sampling/split-blocks.ts';
import { classInWords, counted, threeDigits } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';

/**
 * Probability of a false alarm in all quantities and splits together (Bonferroni), and how much farther than any piece
 * of the training part, as long as it, a held-out part has to lie from the mean of the training part.
 */
const level = 1e-4;
const beyondPieces = 1.5;
/** What matters: a shift in standard deviations, a factor of the spread, a difference of shares, and of loss in shares of H(y). */
const matters = { shift: 0.5, spread: Math.log(1.5), share: 0.1, loss: 0.1 };
/** Numbers that are looked at, all features together; tokens, or classes, that are counted: the most frequent. */
const lookedAtNumbers = 8_000_000;
const mostKinds = 64;

/** Something that is measured in every block; NaN where a block has none of it. */
interface Quantity {
  ofBlock: Float64Array;
  /** What a difference has to be. */
  least: number;
  /** Only a rise counts. */
  onlyRises?: boolean;
}

interface Drift<Q extends Quantity> extends BlockDifference {
  quantity: Q;
  split: string;
}

/** `past`: what probes know of the whole sample; without it, by counting alone. */
export function driftFindings(whole: Sample, examination: Examination, past?: ProbedPast): Finding[] {
  const blocks = splitBlocks(whole);
  if (!blocks || whole.layout) return [];
  const inputs = whole.inputKind === 'symbols' ? tokenDrift(whole, blocks) : numberDrift(whole, blocks);
  const classes = classDrift(whole, blocks);
  // What a bin hides may drift with the inputs: then labels do not show whether they follow them otherwise.
  const labels = inputs && !examination.isExact ? undefined : labelDrift(whole, examination, blocks, past);
  return [inputs, classes, labels].filter((finding) => finding !== undefined);
}

/** Those that drift, the farthest beyond the pieces of the training part first. */
function drifts<Q extends Quantity>(quantities: readonly Q[], { names, ofSplit }: SplitBlocks): Drift<Q>[] {
  const tests = quantities.length * (names.length - 1);
  const [training, ...others] = ofSplit;
  return quantities
    .flatMap((quantity) => {
      const valuesOf = (of: readonly number[]) => of.map((block) => quantity.ofBlock[block]);
      return others.flatMap((of, k) => {
        const found = blockDifference(valuesOf(training), valuesOf(of));
        return found ? [{ ...found, quantity, split: names[k + 1] }] : [];
      });
    })
    .filter(
      ({ difference, p, beyondPieces: beyond, quantity: { least, onlyRises } }) =>
        p < level / tests && beyond > beyondPieces && (onlyRises ? difference : Math.abs(difference)) >= least,
    )
    .sort((a, b) => b.beyondPieces - a.beyondPieces);
}

interface OfFeature extends Quantity {
  feature: number;
  of: 'mean' | 'spread';
}

/** Means and standard deviations of features. */
function numberDrift(sample: Sample, blocks: SplitBlocks): Finding | undefined {
  const features = evenFeatures(sample.features, lookedAtFeatures);
  const { means, deviations, scale } = moments(sample, blocks, features);
  const found = drifts(
    [...features].flatMap((feature, i): OfFeature[] =>
      scale[i] > 0
        ? [
            { feature, of: 'mean', ofBlock: means[i], least: matters.shift * scale[i] },
            {
              feature,
              of: 'spread',
              ofBlock: deviations[i].map((deviation) => Math.log(Math.max(deviation, 1e-3 * scale[i]))),
              least: matters.spread,
            },
          ]
        : [],
    ),
    blocks,
  );
  if (found.length === 0) return undefined;
  const [{ split, difference, p, beyondPieces: beyond, quantity }] = found;
  const { feature, of } = quantity;
  const size =
    of === 'mean'
      ? `its mean is ${threeDigits(Math.abs(difference))} ${difference > 0 ? 'higher' : 'lower'} there (${threeDigits(Math.abs(difference) / scale[features.indexOf(feature)])} standard deviations)`
      : `it varies ${threeDigits(Math.exp(Math.abs(difference)))} times as ${difference > 0 ? 'widely' : 'narrowly'} there`;
  const drifting = [...new Set(found.map((one) => one.quantity.feature))].sort((a, b) => a - b);
  const others = drifting.length > 1 ? `, as ${counted(drifting.length - 1, 'other feature')} do` : '';
  return driftFinding(
    sample,
    `The inputs of split "${split}" are others than those of "${blocks.names[0]}": of feature ${feature}, ${size}${others.replace('1 other feature do', '1 other feature does')}`,
    { of: 'inputs', split, features: drifting, feature, [of]: difference, p, beyondPieces: beyond },
  );
}

interface OfKind extends Quantity {
  kind: number;
}

function tokenDrift(sample: Sample, blocks: SplitBlocks): Finding | undefined {
  const all = new Float32Array(sample.labels.length).fill(1);
  const [worst] = drifts(sharesOf(sample, blocks, sample.inputs, all), blocks);
  if (!worst) return undefined;
  const { split, difference, p, beyondPieces: beyond, quantity } = worst;
  return driftFinding(
    sample,
    `The inputs of split "${split}" are others than those of "${blocks.names[0]}": the share of symbol ${quantity.kind} is ${inPoints(difference)} there`,
    { of: 'inputs', split, symbol: quantity.kind, share: difference, p, beyondPieces: beyond },
  );
}

function classDrift(sample: Sample, blocks: SplitBlocks): Finding | undefined {
  const [worst] = drifts(sharesOf(sample, blocks, sample.labels, sample.mask), blocks);
  if (!worst) return undefined;
  const { split, difference, p, beyondPieces: beyond, quantity } = worst;
  return driftFinding(
    sample,
    `Classes are more or less frequent in split "${split}" than in "${blocks.names[0]}": the share of class ${classInWords(quantity.kind, sample.classNames)} is ${inPoints(difference)} there`,
    { of: 'class-shares', split, class: quantity.kind, share: difference, p, beyondPieces: beyond },
  );
}

/** Labels that a context has to have in the training part for what it says of them to count. */
const labelsOfContext = 20;
/** Share of a block's labels that lie in such contexts, or it does not count. */
const judgedShare = 0.5;

/**
 * Labels that follow from their inputs in another way: by how much someone loses more on them than he expects to, from the
 * frequencies in the training part or from what a probe predicts. What inputs are frequent makes no difference to that.
 */
function labelDrift(
  whole: Sample,
  examination: Examination,
  blocks: SplitBlocks,
  past?: ProbedPast,
): Finding | undefined {
  const least = matters.loss * examination.time.depths[0].fit.nats;
  const counting = { ofBlock: countedSurprise(examination), least, onlyRises: true, by: 'counting' };
  const probing = past && { ofBlock: probedSurprise(whole, past, blocks), least, onlyRises: true, by: 'a small model' };
  const [worst] = drifts(probing ? [counting, probing] : [counting], blocks);
  if (!worst) return undefined;
  const { split, difference, p, beyondPieces: beyond, quantity } = worst;
  return driftFinding(
    whole,
    `Labels of split "${split}" follow from their inputs otherwise than those of "${blocks.names[0]}": what ${quantity.by} makes of the inputs loses ${difference.toFixed(4)} nats more on them than it expects to`,
    { of: 'labels-given-inputs', split, nats: difference, p, beyondPieces: beyond },
  );
}

/** By block of the examined part of the data, of which there are as many: what is lost beyond what frequencies expect. */
function countedSurprise({ sample, labelled, known, positions }: Examination): Float64Array {
  const blocks = splitBlocks(sample);
  if (!blocks) return new Float64Array();
  const blockOf = Int32Array.from(labelled.steps, (step) => blocks.ofRow[positions.rowOf[step]]);
  return unexpectedLoss(blockOf, labelled, known.grouping, blocks);
}

/** By block: the mean of what the probe lost beyond what it expected, where it loses least. */
function probedSurprise({ starts }: Sample, { known }: ProbedPast, { ofRow, count }: SplitBlocks): Float64Array {
  const { staircase, losses, expected, judged } = known;
  const best = staircase.reduce((low, { nats }, k) => (nats < staircase[low].nats ? k : low), 0);
  const rowOf = new Int32Array(starts[starts.length - 1]);
  for (let r = 0; r + 1 < starts.length; r++) rowOf.fill(r, starts[r], starts[r + 1]);
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

function driftFinding(sample: Sample, said: string, evidence: Finding['evidence']): Finding {
  const isByOrder = isSplitByOrder(sample);
  return {
    code: 'drift-between-splits',
    severity: 'warning',
    message: `${said}; no stretch of so many training sequences differs as much from the rest. What is measured there tells of other data than those trained on. ${
      isByOrder
        ? 'The split goes by the order of the sequences: if that is not meant to show what comes later, split at random; if it is, later data may drift on, and a model has to be trained anew.'
        : 'Draw both parts from the same data.'
    }`,
    evidence: { ...evidence, splitByOrder: isByOrder },
    ...(isByOrder && sample.sequenceLength !== undefined
      ? { patch: [{ op: 'replace', path: '/data/split/by', value: 'random' }] }
      : {}),
  };
}

function inPoints(share: number): string {
  return `${threeDigits(100 * Math.abs(share))} points ${share > 0 ? 'higher' : 'lower'}`;
}

/** For each block, the share of its counted steps that each of the most frequent kinds has. */
function sharesOf(
  { starts, labels }: Sample,
  { ofRow, count }: SplitBlocks,
  kinds: ArrayLike<number>,
  counts: Float32Array,
): OfKind[] {
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
    least: matters.share,
  }));
}

/** By feature and block: means and standard deviations; and the standard deviation of each feature within blocks. */
function moments(sample: Sample, { ofRow, count, ofSplit: [training] }: SplitBlocks, features: Int32Array) {
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
