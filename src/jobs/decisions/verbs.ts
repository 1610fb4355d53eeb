/**
 * What callers decide over a job: to submit it, and the verbs that they may ask for.
 */
import { currentVersion } from '../../platform/versions.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import type { EventBody } from '../event.ts';
import type { Imported, Job } from '../record.ts';
import type { JobStatus } from '../status.ts';
import { type Decide, enter, refuse, statusEvent } from './decision.ts';

/** What callers may ask for. */
export type Verb = 'cancel' | 'pause' | 'resume' | 'retry';

/** From which states each verb is allowed, and the state that it leads to. */
export const verbTransitions: Record<Verb, Partial<Record<JobStatus, JobStatus>>> = {
  cancel: { queued: 'cancelled', running: 'cancelling', pausing: 'cancelling', paused: 'cancelled' },
  pause: { queued: 'paused', running: 'pausing' },
  resume: { paused: 'queued' },
  retry: { failed: 'queued', cancelled: 'queued' },
};

/** What is said of a job that a verb does not fit. */
const states: Record<JobStatus, string> = {
  queued: 'is queued',
  running: 'is running',
  pausing: 'is pausing already',
  paused: 'is paused already',
  cancelling: 'is being cancelled already',
  cancelled: 'was cancelled already',
  succeeded: 'has succeeded already',
  failed: 'has failed already',
};
const participles: Record<Verb, string> = {
  cancel: 'cancelled',
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
};
/** Of verbs that begin again, which jobs they are for. */
const meantFor: Partial<Record<Verb, string>> = {
  resume: 'paused jobs',
  retry: 'jobs that failed or were cancelled',
};

/** Why a verb is refused, with the one that would do where there is one. */
export function refusalOf(verb: Verb, status: JobStatus): string {
  const reason = `This job ${states[status]}, so it cannot be ${participles[verb]}`;
  if (!meantFor[verb]) return `${reason}.`;
  const instead = (['resume', 'retry'] as const).find((other) => verbTransitions[other][status] !== undefined);
  return `${reason}: that is for ${meantFor[verb]}${instead ? `; ${instead} it instead` : ''}.`;
}

/** @param diskBytes what it may take on disk at its most; null: not known. */
export function newJob(
  id: string,
  spec: JobSpec,
  now: Date,
  diskBytes: number | null = null,
): { job: Job; events: EventBody[] } {
  const job: Job = {
    ...untrained(id, spec.name ?? null, now),
    spec,
    status: 'queued',
    steps: spec.training.steps,
    diskBytes,
  };
  return { job, events: [statusEvent(job, 'submitted')] };
}

/** A model that was trained elsewhere: a job that is over from the beginning, with one checkpoint. */
export function importedJob(
  id: string,
  { name, imported, step, diskBytes }: { name: string | null; imported: Imported; step: number; diskBytes: number },
  now: Date,
): { job: Job; events: EventBody[] } {
  const job: Job = {
    ...untrained(id, name, now),
    imported,
    status: 'succeeded',
    step,
    steps: step,
    checkpointStep: step,
    finishedAt: now.toISOString(),
    diskBytes,
  };
  return { job, events: [statusEvent(job, 'imported, not trained')] };
}

function untrained(id: string, name: string | null, now: Date): Omit<Job, 'status'> {
  return {
    version: currentVersion,
    id,
    name,
    spec: null,
    imported: null,
    engine: null,
    attempt: 0,
    step: 0,
    steps: 0,
    loss: null,
    accuracy: null,
    createdAt: now.toISOString(),
    startedAt: null,
    finishedAt: null,
    error: null,
    diskBytes: null,
    checkpointStep: null,
    recoveries: 0,
    recoveryCause: null,
    retryAt: null,
    stepsPerSecond: null,
    etaSeconds: null,
    startFrom: 'checkpoint',
    keepWork: true,
    trainedSeconds: 0,
    diagnosedSeconds: 0,
    isExamined: false,
    waitsForRoom: false,
  };
}

/** A caller's verb. */
export function ask(verb: Verb, now: Date, options: { keepWork?: boolean; startFrom?: Job['startFrom'] } = {}): Decide {
  return (job) => {
    const next = verbTransitions[verb][job.status];
    if (next === undefined) return refuse(job, refusalOf(verb, job.status));
    const changed = { ...job };
    if (verb === 'cancel') changed.keepWork = options.keepWork ?? true;
    if (verb === 'retry') {
      Object.assign(changed, { recoveries: 0, recoveryCause: null, trainedSeconds: 0, diagnosedSeconds: 0 });
      changed.startFrom = options.startFrom ?? 'checkpoint';
      if (changed.startFrom === 'beginning') {
        Object.assign(changed, { step: 0, loss: null, accuracy: null, checkpointStep: null });
      }
    }
    Object.assign(changed, { error: null, waitsForRoom: false });
    return enter(changed, next, now, `${verb} was asked for`);
  };
}

/** There is room on the disk again for a job that was paused for want of it. */
export function resumeWithRoom(now: Date): Decide {
  return (job) => {
    if (job.status !== 'paused' || !job.waitsForRoom) return refuse(job, `The job is ${job.status}.`);
    return enter(
      { ...job, error: null, waitsForRoom: false },
      'queued',
      now,
      'there is room for its checkpoints again',
    );
  };
}
