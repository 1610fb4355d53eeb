/**
 * What a task is: a source of endless labelled streams. `tasks/` holds one file for each; `batching/task-batches.ts`
 * cuts the streams into batches.
 */
import type { Random } from '../model/random.ts';
import type { InputDomain } from './encoding/input-domain.ts';

/** The label of a step whose class cannot be known from the stream so far. */
export const unknowable = -1;

/** What a predictor can reach, as a mean over the labelled steps. */
export interface Attainable {
  /** Nats. */
  loss: number;
  /** Share of right classes, 0 to 1. */
  accuracy: number;
}

export interface Task {
  /** I: numbers in one step of the input. */
  readonly features: number;
  /** What a step may hold; `/predict` refuses all else. */
  readonly inputs: InputDomain;
  readonly classes: number;
  /** How many past values a label depends on, besides the present one; Infinity: there is no bound. */
  readonly order: number;
  /** From the start of a stream, a label is known within this many steps: a shorter row may hold none. */
  readonly span: number;
  /** Starts a stream, without history: its first labels may be `unknowable`. */
  open(): Stream;
  /** The best that any model can do, in closed form: over the first `steps` steps of a stream, or in the long run. */
  optimum(steps?: number): Attainable;
  /** The best without looking at the inputs, in closed form: the entropy of the labels, and the share of the commonest one. */
  chance(): Attainable;
}

/** A stream remembers what its next labels depend on, and nothing else: the random numbers come from the caller. */
export interface Stream {
  /** Writes the next `count` steps: inputs [count,I] at step `from` of the array, labels [count] likewise. */
  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void;
  /** What a checkpoint keeps of the stream, as plain JSON. */
  state(): number[];
  restore(state: number[]): void;
}

/** The optimum where the labels follow from the inputs. */
export function certain(): Attainable {
  return { loss: 0, accuracy: 1 };
}

/** What is attainable by knowing only how probable each class is. */
export function attainableFrom(probabilities: readonly number[]): Attainable {
  const loss = probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return { loss, accuracy: Math.max(...probabilities) };
}
