/**
 * The staircase of a probe: its held-out loss by the number of values that it sees.
 */
import { lossOf, mostProbable } from '../../model/scoring.ts';
import { entropy } from '../counting/entropy.ts';
import { allFolds, blockStandardError, type JudgedSteps, splitForProbe } from './held-out-blocks.ts';
import {
  affordableLabels,
  affordableTraining,
  batchSizes,
  cropSteps,
  type ProbeAtDepth,
  type TrainedProbe,
  trainProbe,
} from './probe.ts';
import { longestRow, type ProbedData } from './probed-data.ts';

/** Numbers of values at which a probe is judged. */
export const probedDepths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] as const;
/** Of so many classes, each of which costs time at every depth, fewer depths are judged. */
const manyClasses = 256;
const fewDepths = [1, 2, 4, 8, 16, 64] as const;

/** What a probe that sees `depth` values reaches on blocks that it was not trained on. */
export interface ProbedDepth {
  /** Values known, the present one included. */
  depth: number;
  /** Mean loss in nats: labels can be known at least as well. */
  nats: number;
  /** Of `nats`, over the held-out blocks; undefined with a single block. */
  standardError?: number;
  bestAccuracy: number;
  source: 'probe';
}

/** A probe's losses at the same held-out labels for every depth. */
export interface Probed {
  staircase: ProbedDepth[];
  /** For each depth, the loss at each judged label. */
  losses: Float64Array[];
  /** And the loss that the probe expected there: the entropy of what it predicted. */
  expected: Float64Array[];
  /** The judged steps, and the block of each. */
  steps: Int32Array;
  blocks: Int32Array;
}

export interface StaircaseOptions {
  /** The same staircase for the same data and seed. */
  seed: number;
  /** Steps of training at most: fewer tell less, sooner. */
  steps?: number;
  /** Values known, in units of the stride. */
  depths?: readonly number[];
  /** Steps of the data from one value to the next: values beyond a crop come into reach; see `pooledData`. 1 if not told. */
  stride?: number;
  /** Labels that judge, of each of the two parts. */
  judged?: number;
  /** Four probes are trained, which judge all blocks together, however many labels there are. */
  allFolds?: boolean;
}

const usualSteps = 600;
const leastSteps = 5;
/** Shares of its training after which a probe is judged: of few data it soon learns by heart, and is worse on other blocks. */
const stages = [0.05, 0.15, 0.35, 0.65, 1];

/** Labels that judge, of each part: fewer where a label costs much, as each of many classes has a probability to be computed. */
const judgedLabels = { most: 1000, least: 100, ofClasses: 20_000, leastOfClasses: 250 };

function judgedLabelsOf(data: ProbedData, depths: readonly number[], longest: number): number {
  const { most, least, ofClasses, leastOfClasses } = judgedLabels;
  const wanted = Math.max(leastOfClasses, Math.min(most, Math.floor(ofClasses / data.classes)));
  const crops = depths.reduce((sum, depth) => sum + Math.min(depth, longest), 0);
  // Both parts, and at every stage the labels that stages are compared on.
  const affordable = affordableLabels(data, 2 * (1 + stages.length * comparedShare) * crops);
  return Math.max(least, Math.min(wanted, affordable));
}

/** Trains a probe and judges it, or one for each fold of few data; undefined where there are too few labels for both. */
export function probe(data: ProbedData, options: StaircaseOptions): Probed | undefined {
  const { stride = 1 } = options;
  const longest = Math.ceil(longestRow(data) / stride);
  const wanted: readonly number[] = options.depths ?? (data.classes > manyClasses ? fewDepths : probedDepths);
  const depths = wanted.filter((_, k, all) => k === 0 || all[k - 1] < longest);
  const steps = trainingSteps(data, longest, options.steps);
  const judged = options.judged ?? judgedLabelsOf(data, depths, longest);
  const parts: Part[] = [];
  try {
    const folds = options.allFolds || isSmall(data) ? allFolds : 1;
    for (let fold = 0; fold < folds; fold++) {
      const ofFold = trainFold(data, fold, { ...options, steps, judged });
      if (!ofFold) return undefined;
      parts.push(...ofFold);
    }
    return judgedAt(data, parts, depths, stride);
  } finally {
    for (const { probe } of parts) probe.dispose();
  }
}

function judgedAt(data: ProbedData, parts: Part[], depths: readonly number[], stride: number): Probed {
  const blocks = Int32Array.from(parts.flatMap((part) => [...part.blocks]));
  const ofDepth = depths.map((depth) => {
    const scores = stagesOf(data, parts, depth).map((stage, k) =>
      scoreAt(data, parts[k].probe.at(stage), parts[k].steps, depth),
    );
    return {
      losses: Float64Array.from(scores.flatMap(({ losses }) => [...losses])),
      expected: Float64Array.from(scores.flatMap(({ expected }) => [...expected])),
      right: scores.reduce((total, { right }) => total + right, 0),
    };
  });
  const staircase = ofDepth.map(({ losses, right }, k): ProbedDepth => {
    return {
      depth: depths[k] * stride,
      nats: mean(losses),
      ...withError(blockStandardError(losses, blocks)),
      bestAccuracy: right / losses.length,
      source: 'probe',
    };
  });
  const judgedSteps = Int32Array.from(parts.flatMap((part) => [...part.steps]));
  return {
    staircase,
    losses: ofDepth.map(({ losses }) => losses),
    expected: ofDepth.map(({ expected }) => expected),
    steps: judgedSteps,
    blocks,
  };
}

/** Share of the labels of a part, evenly spread, that stages are compared on; of many classes fewer. */
const comparedShare = 0.25;
const comparedLabels = { most: 250, least: 25, times: 8_000 };

/** For each part the stage that is best on all *others*: no stage is chosen by the labels that it is judged on. */
function stagesOf(data: ProbedData, parts: Part[], depth: number): number[] {
  const { most, least, times } = comparedLabels;
  const labels = Math.max(least, Math.min(most, times / data.classes));
  const sums = parts.map(({ steps, probe }) => {
    const every = Math.ceil(steps.length / labels);
    const compared = steps.filter((_, j) => j % every === 0);
    return stages.map((_, stage) => sum(scoreAt(data, probe.at(stage), compared, depth).losses));
  });
  const total = (stage: number) => sum(sums.map((ofPart) => ofPart[stage]));
  return sums.map((own) => {
    const ofOthers = own.map((ofStage, stage) => total(stage) - ofStage);
    return ofOthers.indexOf(Math.min(...ofOthers));
  });
}

/**
 * Labels up to which one probe would be judged on too little: four are trained, which judge all blocks together. Only of
 * so many classes, since each costs time.
 */
const few = { labels: 2_000, classes: 32 };
/** Steps of training of each of the four, where most steps have a label, and where sequences have one each: more of short ones. */
const stepsOfFold = { dense: 600, sparse: 450, mostSparse: 700 };
/** So many labels are not learned by heart, and take more steps. */
const manyLabels = { labels: 100_000, steps: 1_000 };

/** Who asks for fewer steps than usual gets as much smaller a share of those that can be afforded. */
function trainingSteps(data: ProbedData, longest: number, wanted = Number.POSITIVE_INFINITY): number {
  const affordable = Math.floor(affordableTraining(data, longest) * Math.min(1, wanted / usualSteps));
  return Math.max(leastSteps, Math.min(wanted, stepsFor(data, longest), affordable));
}

function stepsFor(data: ProbedData, longest: number): number {
  const labels = labelsOf(data);
  if (labels > manyLabels.labels) return manyLabels.steps;
  if (!isSmall(data)) return usualSteps;
  if (isDense(data)) return stepsOfFold.dense;
  const { sparse, mostSparse } = stepsOfFold;
  return Math.min(mostSparse, Math.round((sparse * cropSteps) / Math.min(cropSteps, longest)));
}

function isSmall(data: ProbedData): boolean {
  return labelsOf(data) <= few.labels && data.classes <= few.classes;
}

function isDense(data: ProbedData): boolean {
  return labelsOf(data) >= data.labels.length / 2;
}

function labelsOf({ mask }: ProbedData): number {
  return mask.reduce((labels, weight) => labels + (weight > 0 ? 1 : 0), 0);
}

/** One of the judged parts of a fold, and the probe that was not trained on it. */
type Part = JudgedSteps & { probe: TrainedProbe };

function trainFold(
  data: ProbedData,
  fold: number,
  { seed, steps, stride = 1, judged: most }: StaircaseOptions & { steps: number; judged: number },
): Part[] | undefined {
  const { training, judged } = splitForProbe(data, most, fold);
  if (training.length === 0 || judged.some((part) => part.steps.length === 0)) return undefined;
  const batchSize = isSmall(data) && isDense(data) ? batchSizes.few : batchSizes.usual;
  const probe = trainProbe(data, training, { seed, steps, stages, stride, batchSize });
  return judged.map((part) => ({ ...part, probe }));
}

/** The staircase alone. */
export function probeStaircase(data: ProbedData, options: StaircaseOptions): ProbedDepth[] {
  return probe(data, options)?.staircase ?? [];
}

interface Score {
  losses: Float64Array;
  expected: Float64Array;
  right: number;
}

function scoreAt({ labels, classes }: ProbedData, at: ProbeAtDepth, steps: Int32Array, depth: number): Score {
  const probabilities = at(steps, depth);
  const losses = new Float64Array(steps.length);
  const expected = new Float64Array(steps.length);
  let right = 0;
  for (let j = 0; j < steps.length; j++) {
    expected[j] = entropy(probabilities.subarray(j * classes, (j + 1) * classes));
    losses[j] = lossOf(probabilities[j * classes + labels[steps[j]]]);
    if (mostProbable(probabilities, j * classes, classes) === labels[steps[j]]) right++;
  }
  return { losses, expected, right };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

function mean(values: Float64Array): number {
  return sum(values) / values.length;
}

function withError(standardError: number | undefined): { standardError?: number } {
  return standardError === undefined ? {} : { standardError };
}
