/**
 * What a task is: a source of endless labelled streams. `tasks/` holds one file for each; `batches.ts` cuts the streams into batches.
 */
import type { Random } from './random.ts';

/** The label of a step whose class cannot be known from the stream so far. */
export const unknowable = -1;

export interface Task {
  /** I: numbers in one step of the input. */
  readonly features: number;
  readonly classes: number;
  /** How many past values a label depends on, besides the present one. */
  readonly order: number;
  /** Starts a stream, without history: its first labels may be `unknowable`. */
  open(): Stream;
}

/** A stream remembers what its next labels depend on, and nothing else: the random numbers come from the caller. */
export interface Stream {
  /** Writes the next `count` steps: inputs [count,I] at step `from` of the array, labels [count] likewise. */
  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void;
  /** What a checkpoint keeps of the stream, as plain JSON. */
  state(): number[];
  restore(state: number[]): void;
}
