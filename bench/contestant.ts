/**
 * What the benchmark measures: something that can train a model of a given size for a number of steps.
 */
import type { StepSize } from '../src/engine/definition.ts';
import { forwardFlops } from '../src/model/cost.ts';
import { type ModelDescription, stackOf } from '../src/model/description.ts';

/** B rows, T steps, H units in each of L layers. Inputs have one feature, there are four classes; SGD with its gradient clipped. */
export interface BenchSize {
  B: number;
  T: number;
  H: number;
  L: number;
}

export interface Contestant {
  name: string;
  /** Trains for some steps on a model that it keeps between calls, and gives the seconds that they took. */
  train(size: BenchSize, steps: number): Promise<number>;
  close(): void;
}

export function modelOfSize({ H, L }: BenchSize): ModelDescription {
  return stackOf({ features: 1, units: Array<number>(L).fill(H), classes: 4 });
}

export function stepSizeOf(size: BenchSize): StepSize {
  return { model: modelOfSize(size), batchSize: size.B, sequenceLength: size.T };
}

/** Floating-point operations of one training step, taken as three forward passes. */
export function flopsOf(size: BenchSize): number {
  return 3 * forwardFlops(modelOfSize(size), size.B * size.T);
}
