/**
 * What a training step costs on each engine, in seconds: models with few terms, fitted to measured steps by `npm run bench:choose`. `choose.ts` compares them.
 */

import { forwardFlops, tileRows } from '../model/cost.ts';
import type { ModelDescription } from '../model/description.ts';
import { outputsOf } from '../model/layers/index.ts';
import type { TrainingEngineName } from './contract.ts';

export interface StepSize {
  model: ModelDescription;
  batchSize: number;
  sequenceLength: number;
}

/** Seconds of a step = Σ seconds·terms. */
export interface CostModel {
  terms(size: StepSize, threads: number): number[];
  /** Of one of each term. */
  seconds: readonly number[];
}

/** Below this many floating-point operations a step, more than one thread only costs time, or too little is gained to start one. */
const flopsForThreads: Record<TrainingEngineName, number> = { simd: 1e8, tensorflow: 8e7 };

export const costModels: Record<TrainingEngineName, CostModel> = {
  simd: {
    /**
     * The step, each time step of a layer, the functions of each unit's gates, and the arithmetic of full tiles: each as the busiest thread has them. Threads share out tiles, but for the weights' gradient, a third of the
     * arithmetic, units. The last term is what threads cost to meet.
     */
    terms({ model, batchSize, sequenceLength: T }, threads) {
      const tiles = Math.ceil(batchSize / tileRows);
      const share = Math.ceil(tiles / threads);
      const units = unitsOf(model);
      const pass = forwardFlops(model, T * tileRows);
      return [
        1,
        T * model.layers.length,
        T * share * units,
        2 * share * pass + (tiles * pass) / threads,
        threads > 1 ? 1 : 0,
      ];
    },
    seconds: [5.3e-7, 1e-7, 5.5e-8, 2.5e-11, 1.4e-3],
  },
  tensorflow: {
    /** The step, each time step of a layer, the functions of each row's units and the arithmetic as the busiest thread has them, and what threads cost to meet. */
    terms({ model, batchSize, sequenceLength: T }, threads) {
      const share = Math.ceil(batchSize / threads);
      const units = unitsOf(model);
      const pass = forwardFlops(model, T);
      const flops = 2 * share * pass + (batchSize * pass) / threads;
      return [1, T * model.layers.length, T * share * units, flops, threads > 1 ? model.layers.length : 0];
    },
    seconds: [3.9e-4, 9.8e-7, 9.2e-9, 1.5e-11, 1.8e-4],
  },
};

function unitsOf({ layers }: ModelDescription): number {
  return layers.reduce((sum, layer) => sum + outputsOf(layer), 0);
}

/** On those of the `cores` that pay. */
export function secondsPerStep(name: TrainingEngineName, size: StepSize, cores: number): number {
  const { terms, seconds } = costModels[name];
  return terms(size, usefulThreads(name, size, cores)).reduce((sum, term, i) => sum + term * seconds[i], 0);
}

/** Threads that pay for a step, out of those that there are: `simd` shares out tiles, `tensorflow` rows, and more threads than those would wait. */
export function usefulThreads(name: TrainingEngineName, size: StepSize, available: number): number {
  const flops = 3 * forwardFlops(size.model, size.batchSize * size.sequenceLength);
  if (flops < flopsForThreads[name]) return 1;
  return Math.min(available, name === 'simd' ? Math.ceil(size.batchSize / tileRows) : size.batchSize);
}
