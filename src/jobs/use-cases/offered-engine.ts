/**
 * Which of the engines that workers offer would run a spec.
 */
import type { DatasetFacts } from '../../data/datasets/dataset.ts';
import { type ChosenEngine, chooseEngine } from '../../engine/choose.ts';
import { engineNames } from '../../engine/registry.ts';
import { EngineUnavailableError } from '../../platform/errors.ts';
import { engineRequest } from '../../spec/described-model.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import { whyUnavailable } from '../waiting.ts';
import type { WorkerRegistry } from '../workers/registry.ts';

/**
 * Chooses one and says why, with the seconds of a step where they are known. The facts are those of the spec's dataset, if it has one.
 * @throws EngineUnavailableError where no worker offers the engine that the spec asks for, or none can train its model.
 */
export type ChooseOfferedEngine = (spec: JobSpec, facts?: DatasetFacts) => Promise<ChosenEngine>;

/** @param cores that a worker computes on. */
export function offeredEngineOf(workers: WorkerRegistry, cores: number): ChooseOfferedEngine {
  return async (spec, facts) => {
    const there = await workers.list();
    const engines = [...new Set(there.flatMap((worker) => [...worker.engines, ...worker.loading]))];
    // Without a worker nobody knows yet what the one that comes will offer.
    const offered = engines.length > 0 ? engines : engineNames;
    if (spec.engine !== 'auto' && !offered.includes(spec.engine)) {
      const remedy = `no worker offers it; ask for ${offered.join(' or ')}, or "auto". ${whyUnavailable(spec.engine, there)}`;
      throw new EngineUnavailableError(spec.engine, remedy);
    }
    return chooseEngine(engineRequest(spec, facts), offered, cores);
  };
}
