/**
 * Chooses the engine of a job by estimated cost. The choice is made once, at the first run, and stays for all attempts: another engine would end in other last bits.
 */
import type { TrainingEngineName } from './engine.ts';
import { forwardFlops, type ModelShape } from './model.ts';

export interface EngineRequest {
  engine: 'auto' | TrainingEngineName;
  shape: ModelShape;
  batchSize: number;
  sequenceLength: number;
}

export interface ChosenEngine {
  name: TrainingEngineName;
  /** Why this one, in a sentence. */
  reason: string;
  /** Estimated time of one training step. */
  secondsPerStep: number;
}

/** Seconds that a step takes: a fixed part, one for each time step of each layer, and the arithmetic. */
interface CostModel {
  perStep: number;
  perTimeStep: number;
  perFlop: number;
}

/** Fitted to measured steps; `npm run bench` prints the figures. */
const costs: Record<TrainingEngineName, CostModel> = {
  simd: { perStep: 5e-6, perTimeStep: 2e-7, perFlop: 1 / 38e9 },
  tensorflow: { perStep: 4e-4, perTimeStep: 5e-6, perFlop: 1 / 85e9 },
};

export function chooseEngine(request: EngineRequest, available: readonly TrainingEngineName[]): ChosenEngine {
  const estimates = available.map((name) => ({ name, seconds: secondsPerStep(name, request) }));
  if (request.engine !== 'auto') {
    const seconds = secondsPerStep(request.engine, request);
    return { name: request.engine, reason: 'the spec asks for it', secondsPerStep: seconds };
  }
  const [best, next] = estimates.sort((a, b) => a.seconds - b.seconds);
  const reason = next
    ? `estimated ${milliseconds(best.seconds)} a step, ${next.name} ${milliseconds(next.seconds)}`
    : 'the only engine installed';
  return { name: best.name, reason, secondsPerStep: best.seconds };
}

function secondsPerStep(name: TrainingEngineName, { shape, batchSize, sequenceLength }: EngineRequest): number {
  const cost = costs[name];
  const flops = 3 * forwardFlops(shape, batchSize * sequenceLength);
  return cost.perStep + cost.perTimeStep * sequenceLength * shape.units.length + cost.perFlop * flops;
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(2))} ms`;
}
