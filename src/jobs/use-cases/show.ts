/**
 * Jobs as callers see them: their records without what only Lookback's own processes need, and what each waits for.
 */
import { UnavailableError } from '../../platform/errors.ts';
import { type Job, JobView } from '../record.ts';
import { waitingFor } from '../waiting.ts';
import type { WorkerRegistry } from '../workers/registry.ts';

type Shown = Exclude<keyof JobView, 'waitingFor'>;
const shown = Object.keys(JobView.shape).filter((name): name is Shown => name !== 'waitingFor');

/** Asks once for the workers, and only where a job waits. A job that was changed is shown also if Redis goes away in this moment. */
export async function showJobs(workers: WorkerRegistry, jobs: readonly Job[]): Promise<JobView[]> {
  const now = new Date();
  const known = jobs.some(({ status }) => status === 'queued') ? await workers.list().catch(unknown) : null;
  return jobs.map((job) => {
    const fields = Object.fromEntries(shown.map((name) => [name, job[name]])) as Pick<Job, Shown>;
    return { ...fields, waitingFor: waitingFor(job, known, now) };
  });
}

export async function showJob(workers: WorkerRegistry, job: Job): Promise<JobView> {
  return (await showJobs(workers, [job]))[0];
}

function unknown(error: unknown): null {
  if (error instanceof UnavailableError) return null;
  throw error;
}
