/**
 * Chooses the engine of a job by estimated cost. The choice is made once, at the first run, and stays for all attempts: another engine would end in other last bits.
 */

import type { TrainingEngineName } from './contract.ts';
import { type StepSize, secondsPerStep } from './costs.ts';

export interface EngineRequest extends StepSize {
  engine: 'auto' | TrainingEngineName;
}

export interface ChosenEngine {
  name: TrainingEngineName;
  /** Why this one, in a sentence. */
  reason: string;
  /** Estimated time of one training step. */
  secondsPerStep: number;
}

/** @param cores that the job may use. */
export function chooseEngine(
  request: EngineRequest,
  available: readonly TrainingEngineName[],
  cores: number,
): ChosenEngine {
  const estimates = available.map((name) => ({ name, seconds: secondsPerStep(name, request, cores) }));
  if (request.engine !== 'auto') {
    const seconds = secondsPerStep(request.engine, request, cores);
    return { name: request.engine, reason: 'the spec asks for it', secondsPerStep: seconds };
  }
  const [best, next] = estimates.sort((a, b) => a.seconds - b.seconds);
  const reason = next
    ? `estimated ${milliseconds(best.seconds)} a step, ${next.name} ${milliseconds(next.seconds)}`
    : 'the only engine installed';
  return { name: best.name, reason, secondsPerStep: best.seconds };
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(2))} ms`;
}
