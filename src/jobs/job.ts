/**
 * A job's record and what may happen to it: pure decisions, without Redis or clock. `store.ts` commits what is decided here, atomically.
 *
 * The attempt is the fencing token. Every run of a job has its own number, given when a worker claims it; whoever reports under an older number is refused.
 */
import type { TrainingEngineName } from '../engine/engine.ts';
import type { FailureCategory } from '../errors.ts';
import type { JobSpec } from './spec.ts';

export const statuses = [
  'queued',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'cancelled',
  'succeeded',
  'failed',
] as const;
export type JobStatus = (typeof statuses)[number];

export const terminalStatuses: ReadonlySet<JobStatus> = new Set(['cancelled', 'succeeded', 'failed']);

/** A worker has the job. */
export const runningStatuses: ReadonlySet<JobStatus> = new Set(['running', 'pausing', 'cancelling']);

export interface JobError {
  category: FailureCategory;
  code: string;
  message: string;
}

/** The engine of a job, and why that one. Name and threads decide the last bits of the result, so both stay over all attempts. */
export interface JobEngine {
  name: TrainingEngineName;
  reason: string;
  threads: number;
}

export interface Job {
  id: string;
  name: string | null;
  status: JobStatus;
  spec: JobSpec;
  /** null before the first run. */
  engine: JobEngine | null;
  /** How often a worker has taken it up. */
  attempt: number;
  /** Steps trained so far, as of the last progress event or checkpoint. */
  step: number;
  steps: number;
  loss: number | null;
  accuracy: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  error: JobError | null;
  /** Step of the last checkpoint that is safely stored; null: none yet. */
  checkpointStep: number | null;
  /** Crashes since the last checkpoint that was further on; three of them fail the job. */
  recoveries: number;
  /** Whether the last checkpoint, or the beginning, is where the next attempt starts. */
  startFrom: 'checkpoint' | 'beginning';
  /** Whether a cancelled run still writes a checkpoint of what it has. */
  keepWork: boolean;
}

export interface JobProgress {
  step: number;
  steps: number;
  loss: number;
  accuracy: number;
  stepsPerSecond: number;
}

/** A checkpoint that is safely stored, as the run's worker reports it. */
export interface CheckpointReport {
  step: number;
  loss: number;
  /** SHA-256 of the weights. */
  sha256: string;
}

/** What an event says; the store adds its id (1, 2, 3 … without a gap) and its time. */
export type EventBody =
  | { type: 'status'; data: { status: JobStatus; attempt: number; reason?: string; error?: JobError } }
  | { type: 'progress'; data: JobProgress }
  | { type: 'checkpoint'; data: CheckpointReport }
  | { type: 'doctor'; data: unknown }
  | { type: 'report'; data: unknown };

export type JobEvent = EventBody & { id: number; at: string };

/** What a decision over a job comes to. */
export type Decision =
  | { status: 'changed'; job: Job; events: EventBody[] }
  /** The job's state does not allow it. */
  | { status: 'refused'; job: Job; message: string }
  /** It was asked under an attempt that is over. */
  | { status: 'fenced'; job: Job };

export type Decide = (job: Job) => Decision;

/** What callers may ask for. */
export type Verb = 'cancel' | 'pause' | 'resume' | 'retry';

/** From which states each verb is allowed, and the state that it leads to. */
export const verbTransitions: Record<Verb, Partial<Record<JobStatus, JobStatus>>> = {
  cancel: { queued: 'cancelled', running: 'cancelling', pausing: 'cancelling', paused: 'cancelled' },
  pause: { queued: 'paused', running: 'pausing' },
  resume: { paused: 'queued' },
  retry: { failed: 'queued', cancelled: 'queued' },
};

/** How a run may end, or lose its worker, and the state that follows. */
export type RunEnd = 'succeeded' | 'failed' | 'stopped' | 'handed-back' | 'lost';

export const runTransitions: Record<RunEnd, Partial<Record<JobStatus, JobStatus>>> = {
  succeeded: { running: 'succeeded', pausing: 'succeeded', cancelling: 'cancelled' },
  failed: { running: 'failed', pausing: 'failed', cancelling: 'cancelled' },
  stopped: { pausing: 'paused', cancelling: 'cancelled' },
  'handed-back': { running: 'queued', pausing: 'paused', cancelling: 'cancelled' },
  lost: { running: 'queued', pausing: 'paused', cancelling: 'cancelled' },
};

/** Recoveries without a further checkpoint after which a job is poison: it fails instead of taking down workers for ever. */
const maxRecoveries = 3;

export function newJob(id: string, spec: JobSpec, now: Date): { job: Job; events: EventBody[] } {
  const job: Job = {
    id,
    name: spec.name ?? null,
    status: 'queued',
    spec,
    engine: null,
    attempt: 0,
    step: 0,
    steps: spec.training.steps,
    loss: null,
    accuracy: null,
    createdAt: now.toISOString(),
    startedAt: null,
    finishedAt: null,
    error: null,
    checkpointStep: null,
    recoveries: 0,
    startFrom: 'checkpoint',
    keepWork: true,
  };
  return { job, events: [statusEvent(job, 'submitted')] };
}

/** A caller's verb. */
export function ask(verb: Verb, now: Date, options: { keepWork?: boolean; startFrom?: Job['startFrom'] } = {}): Decide {
  return (job) => {
    const next = verbTransitions[verb][job.status];
    if (next === undefined) return refuse(job, `A job that is ${job.status} cannot be asked to ${verb}.`);
    const changed = { ...job };
    if (verb === 'cancel') changed.keepWork = options.keepWork ?? true;
    if (verb === 'retry') {
      Object.assign(changed, { error: null, finishedAt: null, recoveries: 0 });
      changed.startFrom = options.startFrom ?? 'checkpoint';
      if (changed.startFrom === 'beginning') Object.assign(changed, { step: 0, loss: null, accuracy: null });
    }
    return enter(changed, next, now, `${verb} was asked for`);
  };
}

/** A worker takes up a queued job; `attempt` is the number that its dispatch was made for, so that an old dispatch starts nothing. */
export function claim(attempt: number, now: Date): Decide {
  return (job) => {
    if (job.status !== 'queued' || job.attempt + 1 !== attempt) return { status: 'fenced', job };
    const claimed = { ...job, attempt, startedAt: job.startedAt ?? now.toISOString() };
    return enter(claimed, 'running', now, 'a worker took it up');
  };
}

/** The engine was chosen; it stays for all attempts. */
export function chooseEngine(attempt: number, engine: JobEngine): Decide {
  return fencedBy(attempt, (job) => ({ status: 'changed', job: { ...job, engine }, events: [] }));
}

export function reportProgress(attempt: number, progress: JobProgress): Decide {
  return fencedBy(attempt, (job) => ({
    status: 'changed',
    job: { ...job, step: progress.step, loss: progress.loss, accuracy: progress.accuracy },
    events: [{ type: 'progress', data: progress }],
  }));
}

export function reportCheckpoint(attempt: number, { step, loss, sha256 }: CheckpointReport): Decide {
  return fencedBy(attempt, (job) => ({
    status: 'changed',
    job: {
      ...job,
      step: Math.max(job.step, step),
      checkpointStep: step,
      recoveries: step > (job.checkpointStep ?? 0) ? 0 : job.recoveries,
      startFrom: 'checkpoint',
    },
    events: [{ type: 'checkpoint', data: { step, loss, sha256 } }],
  }));
}

/** A finding about the job's data or model, as an event. */
export function reportFinding(attempt: number, event: Extract<EventBody, { type: 'doctor' | 'report' }>): Decide {
  return fencedBy(attempt, (job) => ({ status: 'changed', job, events: [event] }));
}

/** The run under `attempt` is over. */
export function endRun(attempt: number, end: RunEnd, now: Date, error: JobError | null = null): Decide {
  return fencedBy(attempt, (job) => {
    const next = runTransitions[end][job.status];
    if (next === undefined) return refuse(job, `A run that is ${job.status} cannot end as ${end}.`);
    if (end === 'lost' && next === 'queued') return recover(job, now);
    return enter({ ...job, error: next === 'failed' ? error : null }, next, now, reasons[end]);
  });
}

const reasons: Record<RunEnd, string> = {
  succeeded: 'all steps are trained',
  failed: 'the run failed',
  stopped: 'the run stopped as asked',
  'handed-back': 'its worker is shutting down',
  lost: 'recovering: its worker was lost',
};

/** A run was lost with its worker, or failed for a reason that lies outside the job: queue it again, unless it keeps happening. */
function recover(job: Job, now: Date): Decision {
  const recoveries = job.recoveries + 1;
  if (recoveries < maxRecoveries) return enter({ ...job, recoveries }, 'queued', now, reasons.lost);
  const error: JobError = {
    category: 'infrastructure',
    code: 'poison',
    message: `The run was lost ${recoveries} times without reaching another checkpoint.`,
  };
  return enter({ ...job, recoveries, error }, 'failed', now, 'poison');
}

/** Whether the run under `attempt` is the one that may speak for the job. */
export function isRunBy(job: Job, attempt: number): boolean {
  return runningStatuses.has(job.status) && job.attempt === attempt;
}

function fencedBy(attempt: number, decide: Decide): Decide {
  return (job) => (isRunBy(job, attempt) ? decide(job) : { status: 'fenced', job });
}

function enter(job: Job, status: JobStatus, now: Date, reason: string): Decision {
  const finishedAt = terminalStatuses.has(status) ? now.toISOString() : null;
  const entered = { ...job, status, finishedAt };
  return { status: 'changed', job: entered, events: [statusEvent(entered, reason)] };
}

function refuse(job: Job, message: string): Decision {
  return { status: 'refused', job, message };
}

function statusEvent({ status, attempt, error }: Job, reason: string): EventBody {
  return { type: 'status', data: { status, attempt, reason, ...(error ? { error } : {}) } };
}
