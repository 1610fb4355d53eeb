/**
 * The staircase of a probe: its held-out loss by the number of values that it sees.
 */
import { lossOf, mostProbable } from '../../model/scoring.ts';
import { blockStandardError, type JudgedSteps, splitForProbe } from './held-out-blocks.ts';
import { affordableTraining, type ProbeAtDepth, trainProbe } from './probe.ts';
import { longestRow, type ProbedData } from './probed-data.ts';

/** Numbers of values at which a probe is judged. */
export const probedDepths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] as const;

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
  /** The judged steps, and the block of each. */
  steps: Int32Array;
  blocks: Int32Array;
}

export interface StaircaseOptions {
  /** The same staircase for the same data and seed. */
  seed: number;
  /** Steps of training: at most 600, fewer where steps are costly; fewer still tell less, sooner. */
  steps?: number;
  /** Values known, in units of the stride. */
  depths?: readonly number[];
  /** Steps of the data from one value to the next: values beyond a crop come into reach; see `pooledData`. 1 if not told. */
  stride?: number;
  /** Labels that judge, of each of the two parts. */
  judged?: number;
}

const usualSteps = 600;
/** A probe is judged so many times as it is trained: the more it has learned by heart, the worse it is on other blocks. */
const stages = 5;

/** Labels that judge, of each part: fewer where there are many classes, each of which has a probability to be computed. */
function judgedLabels({ classes }: ProbedData): number {
  return Math.max(250, Math.min(1000, Math.floor(20_000 / classes)));
}

/** Trains a probe and judges it; undefined where there are too few labels for both. */
export function probe(data: ProbedData, options: StaircaseOptions): Probed | undefined {
  const { seed, stride = 1, judged: most = judgedLabels(data) } = options;
  const { training, judged } = splitForProbe(data, most);
  if (training.length === 0 || judged.some((part) => part.steps.length === 0)) return undefined;
  const longest = Math.ceil(longestRow(data) / stride);
  const steps = Math.max(stages, Math.min(options.steps ?? usualSteps, affordableTraining(data, longest)));
  const depths = (options.depths ?? probedDepths).filter((_, k, all) => k === 0 || all[k - 1] < longest);
  const scores: Score[][][] = [];
  trainProbe(data, training, { seed, steps, stages, stride }, (at) => {
    scores.push(depths.map((depth) => judged.map((part) => scoreAt(data, at, part, depth))));
  });
  const ofDepth = depths.map((_, k) => crossSelected(scores.map((stage) => stage[k])));
  const blocks = Int32Array.from([...judged[0].blocks, ...judged[1].blocks]);
  const staircase = depths.map((depth, k): ProbedDepth => {
    const { losses, right } = ofDepth[k];
    return {
      depth: depth * stride,
      nats: mean(losses),
      ...withError(blockStandardError(losses, blocks)),
      bestAccuracy: right / losses.length,
      source: 'probe',
    };
  });
  const judgedSteps = Int32Array.from([...judged[0].steps, ...judged[1].steps]);
  return { staircase, losses: ofDepth.map(({ losses }) => losses), steps: judgedSteps, blocks };
}

/** The staircase alone. */
export function probeStaircase(data: ProbedData, options: StaircaseOptions): ProbedDepth[] {
  return probe(data, options)?.staircase ?? [];
}

interface Score {
  losses: Float64Array;
  right: number;
}

function scoreAt({ labels, classes }: ProbedData, at: ProbeAtDepth, { steps }: JudgedSteps, depth: number): Score {
  const probabilities = at(steps, depth);
  const losses = new Float64Array(steps.length);
  let right = 0;
  for (let j = 0; j < steps.length; j++) {
    losses[j] = lossOf(probabilities[j * classes + labels[steps[j]]]);
    if (mostProbable(probabilities, j * classes, classes) === labels[steps[j]]) right++;
  }
  return { losses, right };
}

/** Each part's losses at the stage that is best on the other part: no stage is chosen by the labels that it is judged on. */
function crossSelected(byStage: Score[][]): Score {
  const bestOn = (part: number) =>
    byStage.reduce((best, stage) => (mean(stage[part].losses) < mean(best[part].losses) ? stage : best));
  const [first, second] = [bestOn(1)[0], bestOn(0)[1]];
  return { losses: Float64Array.from([...first.losses, ...second.losses]), right: first.right + second.right };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function withError(standardError: number | undefined): { standardError?: number } {
  return standardError === undefined ? {} : { standardError };
}
