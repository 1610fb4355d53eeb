/**
 * Chooses the engine of a job by estimated cost. The choice is made once, at the first run, and stays for all
 * attempts: another engine would end in other last bits.
 */
import { EngineUnavailableError } from '../platform/errors.ts';
import { secondsPerStep } from './costs.ts';
import type { StepSize } from './definition.ts';
import { type EngineName, engines, predictingEngineName } from './registry.ts';

export interface EngineRequest extends StepSize {
  engine: 'auto' | EngineName;
}

export interface ChosenEngine {
  name: EngineName;
  /** Why this one, in a sentence. */
  reason: string;
  /** Estimated time of one training step. */
  secondsPerStep: number;
}

/**
 * @param cores that the job may use.
 * @throws EngineUnavailableError when the engine that is asked for, or every one there is, cannot train such a model,
 * or the one that predicts cannot run it.
 */
export function chooseEngine(request: EngineRequest, available: readonly EngineName[], cores: number): ChosenEngine {
  // A model that is trained has to be evaluated, reported on and served, too.
  throwIfUnsupported(predictingEngineName, request);
  if (request.engine !== 'auto') {
    throwIfUnsupported(request.engine, request);
    const seconds = secondsPerStep(request.engine, request, cores);
    return { name: request.engine, reason: 'the spec asks for it', secondsPerStep: seconds };
  }
  const able = available.filter((name) => engines[name].supports(request.model) === true);
  if (able.length === 0) throwIfUnsupported(available[0], request);
  const estimates = able.map((name) => ({ name, seconds: secondsPerStep(name, request, cores) }));
  const [best, next] = estimates.sort((a, b) => a.seconds - b.seconds);
  return { name: best.name, reason: reasonFor(best, next, available), secondsPerStep: best.seconds };
}

function throwIfUnsupported(name: EngineName, { model }: EngineRequest): void {
  const answer = engines[name].supports(model);
  if (answer !== true) throw new EngineUnavailableError(name, `it ${answer.reason}.`);
}

interface Estimate {
  name: EngineName;
  seconds: number;
}

function reasonFor(best: Estimate, next: Estimate | undefined, available: readonly EngineName[]): string {
  if (next) return `estimated ${milliseconds(best.seconds)} a step, ${next.name} ${milliseconds(next.seconds)}`;
  return available.length === 1 ? 'the only engine installed' : 'the only engine that can train such a model';
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(2))} ms`;
}
