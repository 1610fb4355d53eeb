/**
 * Tells a job that does not exist from one that has no such checkpoint, where the disk alone cannot.
 */

import type { Job } from '../jobs/record.ts';
import { terminalStatuses } from '../jobs/status.ts';
import type { JobService } from '../jobs/use-cases/steer.ts';
import { NotFoundError, UnavailableError } from '../platform/errors.ts';
import type { JobSpec } from '../spec/job-spec.ts';

/**
 * What `find` finds of a job. If it finds nothing because there is no such job, the error says so; if the job has not
 * come so far, it says how far it is and what to wait for. While Redis is away neither can be known.
 */
export async function findOfJob<T>(jobs: JobService, id: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const job = await jobs.get(id).catch((missing) => {
      if (!(missing instanceof UnavailableError)) throw missing;
    });
    if (!job) throw error;
    const why = error.code === 'report_not_found' ? whyNoReport(job) : whyNoCheckpoint(job);
    throw why ? error.because(why) : error;
  }
}

/** undefined: the job is over, and has other checkpoints. */
function whyNoCheckpoint(job: Job): string | undefined {
  if (job.spec && !terminalStatuses.has(job.status)) {
    const first = Math.min(job.steps, job.spec.training.checkpointEvery);
    const next = job.checkpointStep === null ? ` Its first checkpoint comes at step ${first} at the latest:` : '';
    return `${progressOf(job)}${next || ' Later checkpoints come as'} ${next ? 'an event' : 'events'} \`checkpoint\` of GET /v1/jobs/${job.id}/events.`;
  }
  if (job.checkpointStep !== null) return undefined;
  return `The job is ${job.status} and ended before its first checkpoint: there is no model.`;
}

function whyNoReport(job: Job): string {
  if (!job.spec) {
    return `The model was imported, not trained: POST /v1/jobs/${job.id}/evaluate judges it on a dataset.`;
  }
  if (!job.spec.diagnose) return 'The job was submitted with `diagnose` false.';
  if (!terminalStatuses.has(job.status)) {
    return `${progressOf(job)} The report is made when the job ends: an event \`report\` of GET /v1/jobs/${job.id}/events.`;
  }
  if (job.status !== 'succeeded') {
    return `The job is ${job.status}: only jobs that succeed, or that are cancelled while they run and keep their work, get a report.`;
  }
  return 'The job has succeeded without one: its split held nothing back to judge it on, or the report could not be made, which the log of its worker says.';
}

function progressOf({ status, step, steps }: Job): string {
  const goesOn = status === 'paused' ? ' It goes on when it is resumed.' : '';
  return `The job is ${status}, at step ${step} of ${steps}.${goesOn}`;
}

/** The spec of a job; undefined of an import, while Redis is away, or when the job was removed meanwhile. */
export async function specIfKnown(jobs: JobService, id: string): Promise<JobSpec | undefined> {
  try {
    return (await specUnlessGone(jobs, id)) ?? undefined;
  } catch (error) {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  }
}

/** The spec of a job; null of an import, or when there is no such job. @throws UnavailableError */
export async function specUnlessGone(jobs: JobService, id: string): Promise<JobSpec | null> {
  try {
    return (await jobs.get(id)).spec;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
