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
  terms(size: StepSize, threads: number): number[];
  /** Of one of each term. */
  seconds: readonly number[];
}

/** Rows that `simd` computes side by side: a batch is filled up to a multiple of them. */
const tileRows = 8;

/** Below this many floating-point operations a step, more than one thread only costs time, or too little is gained to start one. */
const flopsForThreads: Record<TrainingEngineName, number> = { simd: 1e8, tensorflow: 2e8 };

/**
 * Multiply-adds of one step's gates, B·(I+H)·H (times 4), from which on `tensorflow` runs a layer step by step around large products instead of in one fused op.
 * Measured with one thread, processor time a training step, fused and stepwise: 32,50,64,2 12.7 and 26.7 ms; 32,50,128,2 51.9 and 48.5 ms; 64,100,256,2 663 and 447 ms.
 * Stepwise costs 0.13 ms more a step of forward and backward, for 20 small ops, and saves 8 ms of 40 in 10^9 floating-point operations.
 */
const stepwiseFrom = 1e6;

export const costModels: Record<TrainingEngineName, CostModel> = {
  simd: {
    /**
     * The step, each time step of a layer, the functions of each unit's gates, and the arithmetic of full tiles: each as the busiest thread has them. Threads share out tiles, but for the weights' gradient, a third of the
     * arithmetic, units. The last term is what threads cost to meet.
     */
    terms({ shape, batchSize, sequenceLength: T }, threads) {
      const tiles = Math.ceil(batchSize / tileRows);
      const share = Math.ceil(tiles / threads);
      const units = shape.units.reduce((sum, H) => sum + H, 0);
      const pass = forwardFlops(shape, T * tileRows);
      return [
        1,
        T * shape.units.length,
        T * share * units,
        2 * share * pass + (tiles * pass) / threads,
        threads > 1 ? 1 : 0,
      ];
    },
    seconds: [1.7e-6, 5.8e-8, 6e-8, 2.3e-11, 5e-5],
  },
  tensorflow: {
    /** The step, each time step of a layer by how it runs, the functions of each row's units, the weights' gradient that the fused op adds up at each time step, and the arithmetic by way. */
    terms({ shape, batchSize: B, sequenceLength: T }) {
      let inputs = shape.features;
      const steps = { fused: 0, stepwise: 0 };
      const flops = { fused: 0, stepwise: 6 * B * T * shape.units.at(-1)! * shape.classes };
      const weights = { fused: 0, stepwise: 0 };
      for (const H of shape.units) {
        const way = runsStepwise(B, inputs, H) ? 'stepwise' : 'fused';
        steps[way] += T;
        weights[way] += 4 * T * (inputs + H) * H;
        flops[way] += 24 * B * T * (inputs + H) * H;
        inputs = H;
      }
      const units = B * T * shape.units.reduce((sum, H) => sum + H, 0);
      return [1, steps.fused, steps.stepwise, units, weights.fused, flops.fused, flops.stepwise];
    },
    seconds: [4.6e-4, 4.7e-6, 4.4e-4, 1.5e-8, 1.7e-9, 1.3e-11, 8.8e-12],
  },
};

/** On those of the `cores` that pay. */
export function secondsPerStep(name: TrainingEngineName, size: StepSize, cores: number): number {
  const { terms, seconds } = costModels[name];
  return terms(size, usefulThreads(name, size, cores)).reduce((sum, term, i) => sum + term * seconds[i], 0);
}

/** Whether `tensorflow` runs a layer step by step. It depends on the size alone, so that a run gives the same bits wherever it runs. */
export function runsStepwise(B: number, I: number, H: number): boolean {
  return B * (I + H) * H >= stepwiseFrom;
}

/** Threads that pay for a step, out of those that there are. `simd` shares out tiles: more threads than tiles would wait. */
export function usefulThreads(name: TrainingEngineName, size: StepSize, available: number): number {
  const flops = 3 * forwardFlops(size.shape, size.batchSize * size.sequenceLength);
  if (flops < flopsForThreads[name]) return 1;
  return name === 'simd' ? Math.min(available, Math.ceil(size.batchSize / tileRows)) : available;
}
