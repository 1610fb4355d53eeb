/**
 * Jobs as callers see them: their records without what only Lookback's own processes need, and what each waits for.
 */
import { UnavailableError } from '../../platform/errors.ts';
import { type Job, JobView } from '../record.ts';
import { waitingFor } from '../waiting.ts';
import type { WorkerRegistry } from '../workers/registry.ts';

type Shown = Exclude<keyof JobView, 'waitingFor'>;
const shown = Object.keys(JobView.shape).filter((name): name is Shown => name !== 'waitingFor');

interface ShowDeps {
  workers: WorkerRegistry;
  /** Why Redis takes no changes; null: as far as is known it does. */
  redisRefusal(): Promise<string | null>;
}

/** Asks once for the workers, and only where a job waits. A job that was changed is shown also if Redis goes away in this moment. */
export async function showJobs({ workers, redisRefusal }: ShowDeps, jobs: readonly Job[]): Promise<JobView[]> {
  const now = new Date();
  const isWaiting = jobs.some(({ status }) => status === 'queued');
  const [known, refusal] = await Promise.all([isWaiting ? workers.list().catch(unknown) : null, redisRefusal()]);
  const surroundings = { workers: known, redisRefusal: refusal, now };
  return jobs.map((job) => {
    const fields = Object.fromEntries(shown.map((name) => [name, job[name]])) as Pick<Job, Shown>;
    return { ...fields, waitingFor: waitingFor(job, surroundings) };
  });
}

export async function showJob(deps: ShowDeps, job: Job): Promise<JobView> {
  return (await showJobs(deps, [job]))[0];
}

function unknown(error: unknown): null {
  if (error instanceof UnavailableError) return null;
  throw error;
}
