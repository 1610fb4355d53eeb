/**
 * What probes know together: for each number of values a mixture of what they predict with no more than that. Its weights
 * at a label are those that are best on the labels of all other parts, so that no label chooses who predicts it.
 */
import { lossOf, mostProbable } from '../../model/scoring.ts';
import { entropy } from '../counting/entropy.ts';
import { blockStandardError, type JudgedLabels } from './held-out-blocks.ts';

/** What some probes predict for each judged label with `depth` values: probabilities [n,C] each. */
export interface Predictions {
  depth: number;
  probabilities: Float32Array[];
}

/** What can be known of labels that trained none of those who predict them, with `depth` values. */
export interface ProbedDepth {
  /** Values known, the present one included. */
  depth: number;
  /** Mean loss in nats: labels can be known at least as well. */
  nats: number;
  /** Of `nats`, over the held-out blocks; undefined with a single block. */
  standardError?: number;
  bestAccuracy: number;
  source: 'probe';
  /** What the frequencies of the training labels lose more at the same labels, with the standard error of that. */
  gain: { nats: number; standardError?: number };
}

/** Losses at the same held-out labels for every depth. */
export interface Probed {
  staircase: ProbedDepth[];
  /** For each depth, the loss at each judged label. */
  losses: Float64Array[];
  /** And the loss that was expected there: the entropy of what was predicted. */
  expected: Float64Array[];
  judged: JudgedLabels;
}

/** The step of a staircase, or of several, with the least loss; the first, if several have it. */
export function lowest<Step extends { nats: number }>(steps: readonly Step[]): Step {
  return steps.reduce((low, step) => (step.nats < low.nats ? step : low));
}

/**
 * Weights by expectation-maximisation, from an even start between what is known with fewer values and all others together;
 * at most so many rounds, or until no weight moves by more than so much; and so many labels' worth of the start keep few
 * labels from choosing by chance.
 */
const rounds = 40;
const settled = 0.0005;
const startLabels = 2;

/** What is known of the judged labels, with more and more values. */
export class Mixture {
  readonly #judged: JudgedLabels;
  readonly #classes: number;
  /** [n] The probability of each label by the frequencies of those that train: what is known with no value at all. */
  readonly #base: Float64Array;
  /** [n,C] What is known so far: at each label with the weights that are best on all parts but its own. */
  readonly #distributions: Float32Array;
  /** For each part, [n] the probability of every label with the weights that are best on all other parts. */
  readonly #known: Float64Array[];
  readonly #staircase: ProbedDepth[] = [];
  readonly #losses: Float64Array[] = [];
  readonly #expected: Float64Array[] = [];

  constructor(judged: JudgedLabels, classes: number) {
    this.#judged = judged;
    this.#classes = classes;
    this.#base = atLabels(judged.frequencies, judged.labels, classes);
    this.#distributions = judged.frequencies.slice();
    this.#known = Array.from({ length: 1 + Math.max(...judged.parts) }, () => this.#base);
  }

  /** Predictions with more values than those so far, ascending by depth; several of one depth are taken together. */
  add(predictions: readonly Predictions[]): this {
    for (const depth of new Set(predictions.map((one) => one.depth))) {
      const members = predictions.filter((one) => one.depth === depth).flatMap(({ probabilities }) => probabilities);
      this.#mix(members);
      this.#judge(depth);
    }
    return this;
  }

  get probed(): Probed {
    return {
      staircase: [...this.#staircase],
      losses: [...this.#losses],
      expected: [...this.#expected],
      judged: this.#judged,
    };
  }

  #mix(members: readonly Float32Array[]): void {
    const { labels, parts } = this.#judged;
    const C = this.#classes;
    const ofLabels = members.map((member) => atLabels(member, labels, C));
    for (const [part, known] of this.#known.entries()) {
      const candidates = rowsOf([known, ...ofLabels]);
      const weights = bestWeights(candidates, members.length + 1, parts, part);
      this.#known[part] = labelsUnder(candidates, weights);
      for (let j = 0; j < labels.length; j++)
        if (parts[j] === part) mix(this.#distributions, members, weights, j * C, C);
    }
  }

  #judge(depth: number): void {
    const { labels, blocks } = this.#judged;
    const C = this.#classes;
    const losses = Float64Array.from(labels, (label, j) => lossOf(this.#distributions[j * C + label]));
    const gains = losses.map((loss, j) => lossOf(this.#base[j]) - loss);
    const isRight = (label: number, j: number) => mostProbable(this.#distributions, j * C, C) === label;
    const right = labels.reduce((sum, label, j) => sum + Number(isRight(label, j)), 0);
    this.#losses.push(losses);
    this.#expected.push(losses.map((_, j) => entropy(this.#distributions.subarray(j * C, (j + 1) * C))));
    this.#staircase.push({
      depth,
      nats: mean(losses),
      ...withError(blockStandardError(losses, blocks)),
      bestAccuracy: right / labels.length,
      source: 'probe',
      gain: { nats: mean(gains), ...withError(blockStandardError(gains, blocks)) },
    });
  }
}

/** The probability of each label itself. */
function atLabels(probabilities: Float32Array, labels: Int32Array, classes: number): Float64Array {
  return Float64Array.from(labels, (label, j) => probabilities[j * classes + label]);
}

/** [K][n] → [n,K] */
function rowsOf(candidates: readonly Float64Array[]): Float64Array {
  const K = candidates.length;
  const rows = new Float64Array(candidates[0].length * K);
  for (let k = 0; k < K; k++) for (let j = 0; j < candidates[k].length; j++) rows[j * K + k] = candidates[k][j];
  return rows;
}

/** The weights [K] under which the candidates [n,K] together find the labels of all parts but one most likely. */
function bestWeights(candidates: Float64Array, K: number, parts: Int32Array, without: number): Float64Array {
  const start = Float64Array.from({ length: K }, (_, k) => (k === 0 ? 0.5 : 0.5 / (K - 1)));
  const weights = start.slice();
  const shares = new Float64Array(K);
  for (let round = 0, moved = 1; round < rounds && moved > settled; round++) {
    for (let k = 0; k < K; k++) shares[k] = startLabels * start[k];
    for (let j = 0, at = 0; j < parts.length; j++, at += K) {
      if (parts[j] === without) continue;
      let together = 0;
      for (let k = 0; k < K; k++) together += weights[k] * candidates[at + k];
      if (together > 0) for (let k = 0; k < K; k++) shares[k] += (weights[k] * candidates[at + k]) / together;
    }
    const total = shares.reduce((sum, share) => sum + share, 0);
    moved = 0;
    for (let k = 0; k < K; k++) {
      moved = Math.max(moved, Math.abs(shares[k] / total - weights[k]));
      weights[k] = shares[k] / total;
    }
  }
  return weights;
}

/** [n] What the candidates [n,K] give each label together. */
function labelsUnder(candidates: Float64Array, weights: Float64Array): Float64Array {
  const K = weights.length;
  return Float64Array.from({ length: candidates.length / K }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += weights[k] * candidates[j * K + k];
    return sum;
  });
}

/** Replaces the distribution at an offset by its mixture with those of the members; the first weight is its own. */
function mix(
  into: Float32Array,
  members: readonly Float32Array[],
  weights: Float64Array,
  at: number,
  classes: number,
): void {
  for (let c = at; c < at + classes; c++) {
    let sum = weights[0] * into[c];
    for (let k = 0; k < members.length; k++) sum += weights[k + 1] * members[k][c];
    into[c] = sum;
  }
}

export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function withError(standardError: number | undefined): { standardError?: number } {
  return standardError === undefined ? {} : { standardError };
}
