/**
 * Evidence that a deeper context tells more about the labels than a shallower one: count models fitted on one half of
 * the sample are judged on the other.
 *
 * Significance has two parts, and both must hold:
 * - the split likelihood-ratio test (Wasserman, Ramdas & Balakrishnan, "Universal inference", PNAS 117:16880, 2020,
 *   with its cross-fit average): the deep model, fitted on the other half, must be more likely than the *best* shallow
 *   model, fitted on the very half that is judged, by a factor of 1/level. The probability of a false alarm is at most
 *   `level` for samples of every size, with any number of contexts: no chi-squared approximation that fails where
 *   counts are small.
 * - a t test over blocks of neighbouring rows: labels that hang together (a label that stays the same for long) are not
 *   independent, and the first test alone would mistake a few long coincidences for many.
 */
import { type Grouping, oneGroup, refine } from './contexts.ts';
import { conditionalEntropy } from './entropy.ts';

/** What a comparison has to reach to be significant. */
export interface Thresholds {
  /** Of the split likelihood-ratio test. */
  level: number;
  /** One-sided, with 19 degrees of freedom. */
  t: number;
}
/** An examination makes at most some 300 comparisons: a family-wise level of 3e-4 (Bonferroni). t: p = 4e-4 each. */
const usual: Thresholds = { level: 1e-6, t: 4 };

/**
 * Nats that a deeper context has to tell of each of so many labels, about, for the first test to be able to accept it: the
 * likelihood ratio is over one half of the labels at a time.
 */
export function leastProvable(labels: number): number {
  return (2 * Math.log(1 / usual.level)) / labels;
}

const blockCount = 20;
/** A context with so many labels has an entropy that can be estimated. */
const wellSeen = 8;

/** The steps whose labels count, and the halves of the sample that they lie in. */
export interface Labelled {
  /** Index in the sample of each labelled step, ascending. */
  steps: Int32Array;
  labels: Int32Array;
  classes: number;
  /** Block of neighbouring rows, 0 .. 19; even blocks are one half, odd blocks the other. */
  blocks: Uint8Array;
}

export function labelledSteps(steps: Int32Array, labelOf: Int32Array, rowOf: Int32Array, classes: number): Labelled {
  const labels = new Int32Array(steps.length);
  const blocks = new Uint8Array(steps.length);
  const first = steps.length > 0 ? rowOf[steps[0]] : 0;
  const rows = steps.length > 0 ? rowOf[steps[steps.length - 1]] - first + 1 : 0;
  // Whole rows stay together where there are enough of them.
  const byRow = rows >= 2 * blockCount;
  for (let j = 0; j < steps.length; j++) {
    labels[j] = labelOf[steps[j]];
    const share = byRow ? (rowOf[steps[j]] - first) / rows : j / steps.length;
    blocks[j] = Math.floor(blockCount * share);
  }
  return { steps, labels, classes, blocks };
}

/** A count model: what the contexts of one grouping tell about the labels. */
export interface Fit {
  /** The context of each step. */
  grouping: Grouping;
  /** The context of each step together with its label. */
  pairs: Grouping;
  /**
   * [2·pair + half] Logarithm of the probability that the *other* half's counts give the pair's label in its context,
   * smoothed with the parent's: (n_xy + m_x p_parent)/(n_x + m_x), m_x being the labels seen in the context (Witten &
   * Bell, IEEE Trans. Inf. Theory 37:1085, 1991, method C).
   */
  logProbability: Float64Array;
  /** [2·context + half] Most frequent label of the context in the *other* half; the parent's where it does not occur there. */
  predicted: Int32Array;
  /** H(y|context), Miller's estimate. */
  nats: number;
  /** The same over the contexts that occur more than once. */
  natsOfRepeated: number;
  /** Cross-validated: mean of -ln p over the labels. */
  loss: number;
  /** Cross-validated: share of the steps where `predicted` is right. */
  accuracy: number;
  /** Share of the steps whose context has enough labels to estimate its entropy. */
  wellSeen: number;
  /** For each half, the log-likelihood of its labels under the frequencies of that very half. */
  ownLogLikelihood: [number, number];
}

/** The model that knows nothing of the inputs. */
export function fitMarginal(labelled: Labelled): Fit {
  return fitGroups(labelled, oneGroup(labelled.labels.length));
}

/**
 * Fits a grouping. `parent` is the shallower model that contexts seen rarely fall back on (without one: uniform
 * labels); `grouping` must refine its grouping. Steps are gone through once, to count; the rest is by pair.
 */
export function fitGroups(labelled: Labelled, grouping: Grouping, parent?: Fit): Fit {
  const counts = countLabels(labelled, grouping, parent);
  return { grouping, pairs: counts.pairs, ...predictions(labelled, counts, parent), ...estimates(labelled, counts) };
}

/** Counts of contexts and pairs in each half, [2·id + half], and what every pair consists of. */
interface Counts {
  pairs: Grouping;
  ofPair: Int32Array;
  ofContext: Int32Array;
  contextOf: Int32Array;
  labelOf: Int32Array;
  parentPairOf: Int32Array;
  parentContextOf: Int32Array;
}

function countLabels({ labels, blocks, classes }: Labelled, contexts: Grouping, parent: Fit | undefined): Counts {
  const pairs = refine(contexts, labels, classes);
  const ofPair = new Int32Array(2 * pairs.count);
  const contextOf = new Int32Array(pairs.count);
  const labelOf = new Int32Array(pairs.count);
  const parentPairOf = new Int32Array(pairs.count);
  const parentContextOf = new Int32Array(contexts.count);
  const { ids } = pairs;
  let known = 0;
  for (let j = 0; j < ids.length; j++) {
    const pair = ids[j];
    ofPair[2 * pair + (blocks[j] & 1)]++;
    // Pairs are numbered in the order of their first step: the first time is the time to note what they are.
    if (pair < known) continue;
    known++;
    contextOf[pair] = contexts.ids[j];
    labelOf[pair] = labels[j];
    if (parent) {
      parentPairOf[pair] = parent.pairs.ids[j];
      parentContextOf[contexts.ids[j]] = parent.grouping.ids[j];
    }
  }
  const ofContext = new Int32Array(2 * contexts.count);
  for (let i = 0; i < ofPair.length; i++) ofContext[2 * contextOf[i >> 1] + (i & 1)] += ofPair[i];
  return { pairs, ofPair, ofContext, contextOf, labelOf, parentPairOf, parentContextOf };
}

function predictions({ labels, classes }: Labelled, counts: Counts, parent: Fit | undefined) {
  const { ofPair, ofContext, contextOf, labelOf, parentPairOf } = counts;
  const predicted = favouriteLabels(counts, parent);
  const distinct = new Int32Array(ofContext.length);
  for (let i = 0; i < ofPair.length; i++) if (ofPair[i] > 0) distinct[2 * contextOf[i >> 1] + (i & 1)]++;
  const logProbability = new Float64Array(ofPair.length);
  let loss = 0;
  let right = 0;
  for (let i = 0; i < ofPair.length; i++) {
    // What does not occur is not asked for, nor is it by deeper contexts.
    if (ofPair[i] === 0) continue;
    const half = i & 1;
    const pair = i >> 1;
    const context = 2 * contextOf[pair];
    const seen = ofContext[context + 1 - half];
    const weight = Math.max(1, distinct[context + 1 - half]);
    const below = parent ? Math.exp(parent.logProbability[2 * parentPairOf[pair] + half]) : 1 / classes;
    logProbability[i] = Math.log((ofPair[i ^ 1] + weight * below) / (seen + weight));
    loss -= ofPair[i] * logProbability[i];
    if (predicted[context + half] === labelOf[pair]) right += ofPair[i];
  }
  const steps = Math.max(1, labels.length);
  return { logProbability, predicted, loss: loss / steps, accuracy: right / steps };
}

function favouriteLabels({ ofPair, ofContext, contextOf, labelOf, parentContextOf }: Counts, parent: Fit | undefined) {
  const best = new Int32Array(ofContext.length);
  const favourites = new Int32Array(ofContext.length);
  if (parent) {
    for (let i = 0; i < favourites.length; i++) favourites[i] = parent.predicted[2 * parentContextOf[i >> 1] + (i & 1)];
  }
  for (let i = 0; i < ofPair.length; i++) {
    const judged = 2 * contextOf[i >> 1] + 1 - (i & 1);
    if (ofPair[i] <= best[judged]) continue;
    best[judged] = ofPair[i];
    favourites[judged] = labelOf[i >> 1];
  }
  return favourites;
}

function estimates({ labels, classes }: Labelled, { ofPair, ofContext }: Counts) {
  const ownLogLikelihood: [number, number] = [0, 0];
  addCountLogs(ofPair, ownLogLikelihood, 1);
  addCountLogs(ofContext, ownLogLikelihood, -1);
  const contextCounts = totals(ofContext);
  let inWellSeen = 0;
  let single = 0;
  for (const count of contextCounts) {
    if (count >= wellSeen) inWellSeen += count;
    if (count === 1) single++;
  }
  const total = labels.length;
  const nats = conditionalEntropy(contextCounts, totals(ofPair), total, classes);
  return {
    ownLogLikelihood,
    nats,
    // A context that occurs once adds nothing to the sums but its one step to the total.
    natsOfRepeated: total > single ? (nats * total) / (total - single) : 0,
    wellSeen: inWellSeen / Math.max(1, total),
  };
}

function addCountLogs(counts: Int32Array, sums: [number, number], sign: 1 | -1): void {
  for (let i = 0; i < counts.length; i++) if (counts[i] > 1) sums[i & 1] += sign * counts[i] * Math.log(counts[i]);
}

function totals(halves: Int32Array): Int32Array {
  const sums = new Int32Array(halves.length / 2);
  for (let i = 0; i < sums.length; i++) sums[i] = halves[2 * i] + halves[2 * i + 1];
  return sums;
}

interface Comparison {
  /** Mean gain in nats a labelled step, cross-validated; negative when the deeper model predicts worse. */
  gain: number;
  /** Logarithm of the split likelihood ratio. */
  logRatio: number;
  /** t statistic of the blocks' gains. */
  t: number;
  significant: boolean;
}

/**
 * Whether `deep` tells more about the labels than `shallow`. The test holds whether or not the contexts of one refine
 * those of the other.
 */
export function compareFits({ blocks }: Labelled, deep: Fit, shallow: Fit, thresholds = usual): Comparison {
  const gains = new Float64Array(blockCount);
  const deepLogLikelihood = [0, 0];
  const [deepIds, deepLogs] = [deep.pairs.ids, deep.logProbability];
  const [shallowIds, shallowLogs] = [shallow.pairs.ids, shallow.logProbability];
  for (let j = 0; j < blocks.length; j++) {
    const half = blocks[j] & 1;
    const own = deepLogs[2 * deepIds[j] + half];
    deepLogLikelihood[half] += own;
    gains[blocks[j]] += own - shallowLogs[2 * shallowIds[j] + half];
  }
  const ratios = deepLogLikelihood.map((sum, half) => sum - shallow.ownLogLikelihood[half]);
  const largest = Math.max(...ratios);
  const logRatio = largest + Math.log((Math.exp(ratios[0] - largest) + Math.exp(ratios[1] - largest)) / 2);
  const t = studentT(gains);
  return {
    gain: gains.reduce((sum, gain) => sum + gain, 0) / Math.max(1, blocks.length),
    logRatio,
    t,
    significant: logRatio >= -Math.log(thresholds.level) && t > thresholds.t,
  };
}

/** Mean over standard error; the values are taken for independent. */
function studentT(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  if (error === 0) return mean > 0 ? Number.POSITIVE_INFINITY : 0;
  return mean / error;
}
