/**
 * Drift between splits: held-out rows whose inputs, class shares, or labels given their inputs differ from those of the
 * training part by more than chance, and by more than pieces of the training part differ among themselves.
 */
import { type BlockDifference, blockDifference } from '../../counting/block-difference.ts';
import type { Examination } from '../../counting/examination.ts';
import type { ProbedPast } from '../../probing/past.ts';
import { evenFeatures, lookedAtFeatures, type Sample } from '../../sampling/sample.ts';
import { isSplitByOrder, type SplitBlocks, splitBlocks } from '../../sampling/split-blocks.ts';
import { classInWords, counted, threeDigits } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';
import { countedSurprise, moments, probedSurprise, sharesOf } from './split-quantities.ts';

/**
 * Probability of a false alarm in all quantities and splits together (Bonferroni), and how much farther than any piece
 * of the training part, as long as it, a held-out part has to lie from the mean of the training part.
 */
const level = 1e-4;
const beyondPieces = 1.5;
/** What matters: a shift in standard deviations, a factor of the spread, a difference of shares, and of loss in shares of H(y). */
const matters = { shift: 0.5, spread: Math.log(1.5), share: 0.1, loss: 0.1 };

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
  const more = drifting.length - 1;
  const others = more > 0 ? `, as ${counted(more, 'other feature')} ${more === 1 ? 'does' : 'do'}` : '';
  return driftFinding(
    sample,
    `The inputs of split "${split}" are others than those of "${blocks.names[0]}": of feature ${feature}, ${size}${others}`,
    { of: 'inputs', split, features: drifting, feature, [of]: difference, p, beyondPieces: beyond },
  );
}

interface OfKind extends Quantity {
  kind: number;
}

function sharesThatMatter(...measured: Parameters<typeof sharesOf>): OfKind[] {
  return sharesOf(...measured).map((share) => ({ ...share, least: matters.share }));
}

function tokenDrift(sample: Sample, blocks: SplitBlocks): Finding | undefined {
  const all = new Float32Array(sample.labels.length).fill(1);
  const [worst] = drifts(sharesThatMatter(sample, blocks, sample.inputs, all), blocks);
  if (!worst) return undefined;
  const { split, difference, p, beyondPieces: beyond, quantity } = worst;
  return driftFinding(
    sample,
    `The inputs of split "${split}" are others than those of "${blocks.names[0]}": the share of symbol ${quantity.kind} is ${inPoints(difference)} there`,
    { of: 'inputs', split, symbol: quantity.kind, share: difference, p, beyondPieces: beyond },
  );
}

function classDrift(sample: Sample, blocks: SplitBlocks): Finding | undefined {
  const [worst] = drifts(sharesThatMatter(sample, blocks, sample.labels, sample.mask), blocks);
  if (!worst) return undefined;
  const { split, difference, p, beyondPieces: beyond, quantity } = worst;
  return driftFinding(
    sample,
    `Classes are more or less frequent in split "${split}" than in "${blocks.names[0]}": the share of class ${classInWords(quantity.kind, sample.classNames)} is ${inPoints(difference)} there`,
    { of: 'class-shares', split, class: quantity.kind, share: difference, p, beyondPieces: beyond },
  );
}

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
