/**
 * What a training step costs on each engine, in seconds: models with few terms, fitted to measured steps by `npm run bench:choose`. `choose.ts` compares them.
 */
import type { TrainingEngineName } from './engine.ts';
import { forwardFlops, type ModelShape } from './model.ts';

export interface StepSize {
  shape: ModelShape;
  batchSize: number;
  sequenceLength: number;
}

/** Seconds of a step = Σ seconds·terms. */
export interface CostModel {
  terms(size: StepSize): number[];
  /** Of one of each term. */
  seconds: readonly number[];
}

/** Rows that `simd` computes side by side: a batch is filled up to a multiple of them. */
const tileRows = 8;

/** Below this many floating-point operations a step, more than one thread only costs time. */
const flopsForThreads = 2e8;

export const costModels: Record<TrainingEngineName, CostModel> = {
  simd: {
    /** The step, each time step of a layer, the functions of each unit's gates, and the arithmetic of full tiles. */
    terms({ shape, batchSize, sequenceLength: T }) {
      const tiles = Math.ceil(batchSize / tileRows);
      const units = shape.units.reduce((sum, H) => sum + H, 0);
      const flops = 3 * forwardFlops(shape, T * tiles * tileRows);
      return [1, T * shape.units.length, T * tiles * units, flops];
    },
    seconds: [1.7e-6, 5.8e-8, 6e-8, 2.3e-11],
  },
  tensorflow: {
    /** The step, each time step of a layer, the functions of each row's units, and the arithmetic. */
    terms({ shape, batchSize: B, sequenceLength: T }) {
      const units = shape.units.reduce((sum, H) => sum + H, 0);
      return [1, T * shape.units.length, T * B * units, 3 * forwardFlops(shape, T * B)];
    },
    seconds: [5e-4, 1e-6, 2e-9, 6e-12],
  },
};

export function secondsPerStep(name: TrainingEngineName, size: StepSize): number {
  const { terms, seconds } = costModels[name];
  return terms(size).reduce((sum, term, i) => sum + term * seconds[i], 0);
}

/** Threads that pay for a step, out of those that there are. */
export function usefulThreads(name: TrainingEngineName, size: StepSize, available: number): number {
  const flops = 3 * forwardFlops(size.shape, size.batchSize * size.sequenceLength);
  return name === 'tensorflow' && flops > flopsForThreads ? available : 1;
}
