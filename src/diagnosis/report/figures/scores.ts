/**
 * How well a model does on held-out data: loss and accuracy, in all, by class and by position, what it confuses, and
 * whether its confidence can be trusted.
 */
import { unknowable } from '../../../data/task.ts';
import { lossOf, mostProbable, Tally } from '../../../model/scoring.ts';
import { limits } from '../../../platform/limits.ts';
import type { CalibrationBin, ClassScore, PositionScore, Report } from '../report-schema.ts';
import { type Block, leastBlocks, standardErrorOf } from './blocks.ts';
import { type Judged, judgedSteps } from './judged.ts';

/** Probabilities [T,C] of every step of one sequence, for inputs [T,I]. */
export type Predict = (inputs: Float32Array, sequenceLength: number) => Float32Array;

type Scores = Pick<Report, 'heldOut' | 'perClass' | 'perPosition' | 'confusion' | 'calibrationError' | 'calibration'>;

export interface Judgements {
  scores: Scores;
  /** Of each labelled step of `judgedSteps`, in their order: with all of the past that its sequence has. */
  losses: Float32Array;
}

/** Runs the model once through all sequences. */
export function score(predict: Predict, judged: Judged): Judgements {
  const { part, classes, labelsAt, rowLength, warmUp, sequences, sequencesInPart } = judged;
  const byClass = Array.from({ length: classes }, () => new Tally());
  const byPosition: Tally[] = [];
  const all = new Tally();
  const confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  const calibration = new Calibration();
  const losses: number[] = [];
  const right: number[] = [];
  for (const { inputs, labels } of sequences) {
    const probabilities = predict(inputs, labels.length);
    for (let t = warmUp; t < labels.length; t++) {
      if (labels[t] === unknowable) continue;
      const predicted = mostProbable(probabilities, t * classes, classes);
      const isRight = predicted === labels[t];
      const loss = lossOf(probabilities[t * classes + labels[t]]);
      const position = rowLength === undefined ? t : t % rowLength;
      for (const tally of [all, byClass[labels[t]]]) tally.add(loss, isRight);
      if (position < limits.reportPositions) {
        byPosition[position] ??= new Tally();
        byPosition[position].add(loss, isRight);
      }
      losses.push(loss);
      right.push(Number(isRight));
      confusion[labels[t]][predicted]++;
      calibration.add(probabilities[t * classes + predicted], isRight);
    }
  }
  const { steps, loss, accuracy } = all.means();
  const standardErrors = {
    standardError: standardErrorOf(blockSums(losses, judged)),
    accuracyStandardError: standardErrorOf(blockSums(right, judged)),
  };
  return {
    scores: {
      heldOut: {
        loss,
        ...defined(standardErrors),
        accuracy,
        steps,
        part,
        sequences: sequences.length,
        sequencesInPart,
      },
      perClass: byClass.map((tally, c): ClassScore => ({ class: c, ...tally.means() })),
      perPosition:
        labelsAt === 'end'
          ? []
          : byPosition.flatMap((tally, position): PositionScore[] => [{ position, ...tally.means() }]),
      confusion,
      calibrationError: calibration.error(),
      calibration: calibration.bins(),
    },
    losses: Float32Array.from(losses),
  };
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * The block of each labelled step, from 0: its sequence, or, where sequences are few, its twentieth part of the steps.
 */
export function blockOfEach(judged: Judged): Int32Array {
  const steps = judgedSteps(judged);
  if (judged.sequences.length >= leastBlocks) return Int32Array.from(steps, ({ sequence }) => sequence);
  return Int32Array.from(steps, (_, i) => Math.floor((i * leastBlocks) / steps.length));
}

/** The sum of values of the labelled steps over each block that has any, in the order of the blocks. */
export function blockSums(values: ArrayLike<number>, judged: Judged): Block[] {
  const sums: Block[] = [];
  for (const [i, block] of blockOfEach(judged).entries()) {
    sums[block] ??= { sum: 0, steps: 0 };
    sums[block].sum += values[i];
    sums[block].steps++;
  }
  return sums.filter(Boolean);
}

const bins = 15;

/**
 * Expected calibration error: Σ over bins of confidence of (steps in it / steps) · |accuracy - mean confidence|
 * (Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, with their 15 bins of equal width).
 */
export class Calibration {
  readonly #steps = new Float64Array(bins);
  readonly #confidence = new Float64Array(bins);
  readonly #right = new Float64Array(bins);

  add(confidence: number, isRight: boolean): void {
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    this.#steps[bin]++;
    this.#confidence[bin] += confidence;
    if (isRight) this.#right[bin]++;
  }

  /** Those that hold steps, by confidence. */
  bins(): CalibrationBin[] {
    return [...this.#steps.entries()]
      .filter(([, steps]) => steps > 0)
      .map(([bin, steps]) => ({
        confidence: Math.min(1, this.#confidence[bin] / steps),
        accuracy: this.#right[bin] / steps,
        steps,
      }));
  }

  error(): number {
    const total = this.#steps.reduce((sum, steps) => sum + steps, 0);
    let sum = 0;
    for (let bin = 0; bin < bins; bin++) sum += Math.abs(this.#right[bin] - this.#confidence[bin]);
    return total > 0 ? Math.min(1, sum / total) : 0;
  }
}
