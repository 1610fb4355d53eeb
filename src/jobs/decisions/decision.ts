/**
 * What a decision over a job is, and what all decisions share: how a job enters a status, and the fence.
 *
 * Decisions are pure, without Redis or clock; `store.ts` commits them, atomically. The attempt is the fencing token:
 * every run of a job has its own number, given when a worker claims it, and whoever reports under an older number is
 * refused.
 */
import type { EventBody } from '../event.ts';
import type { Job, JobError } from '../record.ts';
import { type JobStatus, runningStatuses, terminalStatuses } from '../status.ts';

/** What a decision over a job comes to. */
export type Decision =
  | { status: 'changed'; job: Job; events: EventBody[] }
  /** The job's state does not allow it. */
  | { status: 'refused'; job: Job; message: string }
  /** It was asked under an attempt that is over. */
  | { status: 'fenced'; job: Job };

export type Decide = (job: Job) => Decision;

/** Whether the run under `attempt` is the job's present one: only its reports are committed. */
export function isRunBy(job: Job, attempt: number): boolean {
  return runningStatuses.has(job.status) && job.attempt === attempt;
}

export function fencedBy(attempt: number, decide: Decide): Decide {
  return (job) => (isRunBy(job, attempt) ? decide(job) : { status: 'fenced', job });
}

/** What a job that waits to be tried again says of it. */
type RecoveryDetails = { cause?: JobError; retryAt?: string | null };

export function enter(
  job: Job,
  status: JobStatus,
  now: Date,
  reason: string,
  recovery: RecoveryDetails = {},
): Decision {
  const finishedAt = terminalStatuses.has(status) ? now.toISOString() : null;
  const retryAt = recovery.retryAt ?? null;
  const pace = runningStatuses.has(status) ? {} : { stepsPerSecond: null, etaSeconds: null };
  const entered = { ...job, ...pace, status, finishedAt, retryAt };
  return { status: 'changed', job: entered, events: [statusEvent(entered, reason, recovery.cause)] };
}

export function refuse(job: Job, message: string): Decision {
  return { status: 'refused', job, message };
}

export function statusEvent({ status, attempt, error, retryAt }: Job, reason: string, cause?: JobError): EventBody {
  const details = { ...(error ? { error } : {}), ...(cause ? { cause } : {}), ...(retryAt ? { retryAt } : {}) };
  return { type: 'status', data: { status, attempt, reason, ...details } };
}
