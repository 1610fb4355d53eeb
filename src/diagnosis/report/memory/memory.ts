/**
 * How many past values a model uses, by the one definition that the report goes by: its held-out loss at labelled steps
 * when it is given the present value and k past ones, and nothing before. It uses the least k that gives 95 % of what all
 * of the past gives.
 *
 * A crop starts from zero state, as a row of the training does. Where a model has not learned what to say there, because
 * its state is carried or the first labels of all rows are masked, it is run over steps of another place first. Losses
 * are compared with that of the whole past at the same steps.
 */

import type { Random } from '../../../model/random.ts';
import { lossOf } from '../../../model/scoring.ts';
import { leastBlocks, resampled } from '../figures/blocks.ts';
import { type Judged, judgedSteps, type LabelledStep } from '../figures/judged.ts';
import type { Predict } from '../figures/scores.ts';
import type { MemoryPoint, UsesPast } from '../report-schema.ts';

export interface PastUse {
  memory: MemoryPoint[];
  usesPast: UsesPast;
}

interface MemoryRequest {
  predict: Predict;
  judged: Judged;
  /** Of `judgedSteps(judged)`, with all of the past. */
  losses: Float32Array;
  /** H(label), in nats: without any past value nobody has to lose more, and what is gained has to be a hundredth of it. */
  labelEntropy: number;
  /** Steps that the model may run in all. */
  affordableSteps: number;
  random: Random;
}

/** Past values that are tried, until no more of them matter. */
const tried = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1000];
export const mostPast = 1000;
/** What counts as all of the gain. */
const share = 0.95;
/** A gain is one if it is this share of H(label), and twice its standard error. */
const leastGain = 0.01;
/** Labelled steps of a block that are tried, at most; a block has one at least, or nothing is said. */
const stepsOfBlock = 10;
/** Share of the steps left that one number of past values may take. */
const shareOfLeft = 0.25;
const resamples = 200;

/** By block: the mean loss with all of the past, and for each number of past values how much more it is with so many. */
interface Losses {
  whole: number[];
  more: Map<number, number[]>;
}

/** @returns undefined where there are no labelled steps, or not even the present value can be afforded. */
export function measureMemory(request: MemoryRequest): PastUse | undefined {
  const { judged, losses, random } = request;
  const blocks = chosenSteps(judgedSteps(judged), random);
  if (blocks.length === 0) return undefined;
  const whole = blocks.map((steps) => mean(steps.map(({ index }) => losses[index])));
  const found: Losses = { whole, more: new Map() };
  const loss = mean(Array.from(losses));
  const trial = new Trial(request, blocks, found);
  const longest = Math.max(...blocks.flat().map(({ at }) => at));
  let isCutOff = true;
  for (const past of tried.filter((k) => k < longest)) {
    const difference = trial.run(past);
    if (difference === 'too costly') break;
    if (difference <= leastGain * Math.max(gainOf(found, loss, request), 0.05 * request.labelEntropy)) {
      isCutOff = false;
      break;
    }
  }
  // With as many as the longest has there is nothing before.
  if (isCutOff && longest <= mostPast && trial.deepest === lastTriedBelow(longest)) {
    found.more.set(
      longest,
      whole.map(() => 0),
    );
    isCutOff = false;
  }
  if (found.more.size === 0) return undefined;
  const values = search(found, loss, request, trial);
  return { memory: pointsOf(found, loss), usesPast: intervalOf(found, loss, request, values, isCutOff) };
}

function lastTriedBelow(longest: number): number {
  return tried.findLast((k) => k < longest) ?? -1;
}

interface ChosenStep extends LabelledStep {
  /** Among all labelled steps. */
  index: number;
}

/** Twenty blocks of neighbours, or as many as there are steps, and of each some steps in random order. */
function chosenSteps(steps: readonly LabelledStep[], random: Random): ChosenStep[][] {
  const count = Math.min(leastBlocks, steps.length);
  return Array.from({ length: count }, (_, b) => {
    const first = Math.floor((b * steps.length) / count);
    const end = Math.floor(((b + 1) * steps.length) / count);
    const chosen = new Set<number>();
    const wanted = Math.min(stepsOfBlock, end - first);
    while (chosen.size < wanted) chosen.add(first + random.integer(end - first));
    return Array.from(chosen, (index) => ({ ...steps[index], index }));
  });
}

/** Runs the model over crops, within what it may take. */
class Trial {
  readonly #request: MemoryRequest;
  readonly #blocks: readonly ChosenStep[][];
  readonly #found: Losses;
  /** Steps of another place that come first. */
  readonly #runUp: number;
  #left: number;
  /** The most past values that were tried. */
  deepest = -1;

  constructor(request: MemoryRequest, blocks: readonly ChosenStep[][], found: Losses) {
    this.#request = request;
    this.#blocks = blocks;
    this.#found = found;
    this.#runUp = runUpOf(request.judged);
    this.#left = request.affordableSteps;
  }

  /** @returns the mean absolute difference that the values before make to the loss of a step. */
  run(past: number): number | 'too costly' {
    const affordable = Math.floor((shareOfLeft * this.#left) / (past + 1 + this.#runUp) / this.#blocks.length);
    if (affordable < 1) return 'too costly';
    const more: number[] = [];
    let difference = 0;
    for (const steps of this.#blocks) {
      const differences = steps.slice(0, affordable).map((step) => this.#more(step, past));
      more.push(mean(differences));
      difference += mean(differences.map(Math.abs)) / this.#blocks.length;
    }
    this.#found.more.set(past, more);
    this.deepest = Math.max(this.deepest, past);
    return difference;
  }

  /** By how much the loss of a step is higher with so many past values than with all. */
  #more({ sequence, at, index }: ChosenStep, past: number): number {
    if (at <= past) return 0;
    const { predict, judged, losses } = this.#request;
    const { inputs, labels } = judged.sequences[sequence];
    const { features, classes } = judged;
    const crop = inputs.subarray((at - past) * features, (at + 1) * features);
    const before = this.#elsewhere();
    const steps = before.length / features + past + 1;
    this.#left -= steps;
    const whole = before.length > 0 ? new Float32Array(before.length + crop.length) : crop;
    if (before.length > 0) {
      whole.set(before);
      whole.set(crop, before.length);
    }
    const probabilities = predict(whole, steps);
    return lossOf(probabilities[(steps - 1) * classes + labels[at]]) - losses[index];
  }

  #elsewhere(): Float32Array {
    const { judged, random } = this.#request;
    const { sequences, features } = judged;
    if (this.#runUp === 0) return new Float32Array();
    const { inputs, labels } = sequences[random.integer(sequences.length)];
    const from = random.integer(Math.max(1, labels.length - this.#runUp));
    return inputs.subarray(from * features, (from + this.#runUp) * features);
  }
}

/** What warms up a lane; of rows with labels on most steps, those before the first label of any. */
function runUpOf(judged: Judged): number {
  const { warmUp, sequences } = judged;
  const labelled = judgedSteps(judged);
  const steps = sequences.reduce((sum, { labels }) => sum + labels.length, 0);
  if (warmUp > 0 || labelled.length < steps / 2) return warmUp;
  return labelled.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY);
}

/** What the past gains, in nats; blocks may be drawn more than once. */
function gainOf(
  { whole, more }: Losses,
  loss: number,
  { labelEntropy }: Pick<MemoryRequest, 'labelEntropy'>,
  drawn: readonly number[] = whole.map((_, b) => b),
): number {
  const alone = loss + mean(drawn.map((b) => more.get(0)?.[b] ?? 0));
  return Math.min(alone, labelEntropy) - loss;
}

/** The least number of past values that gives its share of the gain; what is between two that were tried is tried then. */
function search(found: Losses, loss: number, request: MemoryRequest, trial: Trial): number {
  const all = found.whole.map((_, b) => b);
  for (;;) {
    const values = leastEnough(found, loss, request, all);
    const below = Math.max(-1, ...[...found.more.keys()].filter((past) => past < values));
    if (values === 0 || values - below <= 1) return values;
    if (trial.run(Math.floor((below + values) / 2)) === 'too costly') return values;
  }
}

/** Over the drawn blocks; where none that was tried is enough, the most. */
function leastEnough(found: Losses, loss: number, request: MemoryRequest, drawn: readonly number[]): number {
  const gain = gainOf(found, loss, request, drawn);
  if (gain < leastGain * request.labelEntropy || gain <= 0) return 0;
  const tries = [...found.more.keys()].sort((a, b) => a - b);
  const enough = tries.find((past) => mean(drawn.map((b) => found.more.get(past)![b])) <= (1 - share) * gain);
  return enough ?? tries[tries.length - 1];
}

function intervalOf(found: Losses, loss: number, request: MemoryRequest, enough: number, isCutOff: boolean): UsesPast {
  const all = found.whole.map((_, b) => b);
  const gain = gainOf(found, loss, request);
  const isShown = gain > 0 && isBeyondChance(found, loss, request);
  const drawn = Array.from({ length: resamples }, () =>
    leastEnough(found, loss, request, resampled(all.length, request.random)),
  ).sort((a, b) => a - b);
  const values = isShown ? enough : 0;
  const isEnough = mean(found.more.get(values) ?? []) <= (1 - share) * gain;
  return {
    values,
    low: Math.min(values, drawn[Math.floor(0.05 * resamples)]),
    high: Math.max(values, drawn[Math.ceil(0.95 * resamples) - 1]),
    atLeast: isCutOff && values > 0 && !isEnough,
    gain: Math.max(0, gain),
  };
}

/** Both of what the gain is the lesser of differ from the loss by more than twice their standard error. */
function isBeyondChance({ whole, more }: Losses, loss: number, request: MemoryRequest): boolean {
  const withoutPast = more.get(0) ?? [];
  const isBeyond = (difference: number, blocks: readonly number[]) =>
    difference > (2 * deviation(blocks)) / Math.sqrt(blocks.length);
  return isBeyond(mean(withoutPast), withoutPast) && isBeyond(request.labelEntropy - loss, whole);
}

function pointsOf({ whole, more }: Losses, loss: number): MemoryPoint[] {
  return [...more.entries()]
    .sort(([a], [b]) => a - b)
    .map(([past, differences]) => ({
      past,
      loss: Math.max(0, loss + mean(differences)),
      ...(whole.length > 1
        ? { standardError: deviation(whole.map((value, b) => value + differences[b])) / Math.sqrt(whole.length) }
        : {}),
    }));
}

function mean(values: readonly number[]): number {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}

/** Standard deviation of a sample; infinite of one value, of which nothing is known. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return Number.POSITIVE_INFINITY;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}
