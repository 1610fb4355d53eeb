/**
 * What a training step costs on an engine, and how many threads pay for it. `choose.ts` compares engines by it.
 */
import { forwardFlops } from '../model/cost.ts';
import type { StepSize } from './definition.ts';
import { type EngineName, engines } from './registry.ts';

/** On those of the `cores` that pay. */
export function secondsPerStep(name: EngineName, size: StepSize, cores: number): number {
  const { terms, seconds } = engines[name].cost;
  return terms(size, usefulThreads(name, size, cores)).reduce((sum, term, i) => sum + term * seconds[i], 0);
}

/** Threads that pay for a step, out of those that there are. */
export function usefulThreads(name: EngineName, size: StepSize, available: number): number {
  const { flopsForThreads, parts } = engines[name].cost;
  const flops = 3 * forwardFlops(size.model, size.batchSize * size.sequenceLength);
  return flops < flopsForThreads ? 1 : Math.min(available, parts(size.batchSize));
}
