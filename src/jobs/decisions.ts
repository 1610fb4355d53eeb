/**
 * What may happen to a job: pure decisions, without Redis or clock. `store.ts` commits what is decided here, atomically.
 *
 * The attempt is the fencing token. Every run of a job has its own number, given when a worker claims it; whoever
 * reports under an older number is refused.
 */
import { currentVersion } from '../platform/versions.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import type { EventBody, FindingEvent, JobProgress, MeasuredCheckpoint } from './event.ts';
import type { Job, JobEngine, JobError, JobPace } from './record.ts';
import { maxRecoveries, retryDelayMs } from './recovery-back-off.ts';
import { type JobStatus, runningStatuses, terminalStatuses } from './status.ts';

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
export type RunEnd = 'succeeded' | 'stopped-early' | 'failed' | 'stopped' | 'handed-back' | 'lost' | 'out-of-room';

export const runTransitions: Record<RunEnd, Partial<Record<JobStatus, JobStatus>>> = {
  succeeded: { running: 'succeeded', pausing: 'succeeded', cancelling: 'cancelled' },
  'stopped-early': { running: 'succeeded', pausing: 'succeeded', cancelling: 'cancelled' },
  failed: { running: 'failed', pausing: 'failed', cancelling: 'cancelled' },
  stopped: { pausing: 'paused', cancelling: 'cancelled' },
  'handed-back': { running: 'queued', pausing: 'paused', cancelling: 'cancelled' },
  lost: { running: 'queued', pausing: 'paused', cancelling: 'cancelled' },
  'out-of-room': { running: 'paused', pausing: 'paused', cancelling: 'cancelled' },
};

export function newJob(id: string, spec: JobSpec, now: Date): { job: Job; events: EventBody[] } {
  const job: Job = {
    version: currentVersion,
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
    recoveryCause: null,
    retryAt: null,
    stepsPerSecond: null,
    etaSeconds: null,
    startFrom: 'checkpoint',
    keepWork: true,
    trainedSeconds: 0,
    isExamined: false,
    waitsForRoom: false,
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
      Object.assign(changed, { recoveries: 0, recoveryCause: null, trainedSeconds: 0 });
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
    return enter({ ...job, error: null, waitsForRoom: false }, 'queued', now, 'there is room on the disk again');
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
export function recordEngine(attempt: number, engine: JobEngine): Decide {
  return fencedBy(attempt, (job) => ({ status: 'changed', job: { ...job, engine }, events: [] }));
}

export function reportProgress(attempt: number, progress: JobProgress): Decide {
  return fencedBy(attempt, (job) => ({
    status: 'changed',
    job: { ...job, step: progress.step, loss: progress.loss, accuracy: progress.accuracy, ...paceOf(progress) },
    events: [{ type: 'progress', data: progress }],
  }));
}

function paceOf({ step, steps, stepsPerSecond }: JobProgress): JobPace {
  return { stepsPerSecond, etaSeconds: stepsPerSecond > 0 ? (steps - step) / stepsPerSecond : null };
}

/**
 * The run goes on from a checkpoint that lies on disk, or (null) starts from the beginning: what was reported beyond it
 * has to be trained again.
 */
export function reportStart(attempt: number, from: MeasuredCheckpoint | null): Decide {
  return fencedBy(attempt, (job) => {
    if (!from) {
      const fresh = { ...job, step: 0, loss: null, accuracy: null, checkpointStep: null };
      return { status: 'changed', job: fresh, events: [] };
    }
    const { accuracy, ...report } = from;
    const events: EventBody[] = report.step > (job.checkpointStep ?? 0) ? [{ type: 'checkpoint', data: report }] : [];
    const { step, loss } = report;
    return { status: 'changed', job: { ...job, step, loss, accuracy, checkpointStep: step }, events };
  });
}

/** Time has passed for the run; `pace` says how fast it trains, where that is known. */
export function reportTime(attempt: number, trainedSeconds: number, pace: JobPace | null = null): Decide {
  return fencedBy(attempt, (job) => ({ status: 'changed', job: { ...job, trainedSeconds, ...pace }, events: [] }));
}

/** Step, loss and accuracy of the record move together: they are always those of one batch. */
export function reportCheckpoint(attempt: number, { step, loss, accuracy, sha256 }: MeasuredCheckpoint): Decide {
  return fencedBy(attempt, (job) => ({
    status: 'changed',
    job: {
      ...job,
      ...(step >= job.step ? { step, loss, accuracy } : {}),
      checkpointStep: step,
      ...(step > (job.checkpointStep ?? 0) ? { recoveries: 0, recoveryCause: null } : {}),
      startFrom: 'checkpoint',
    },
    events: [{ type: 'checkpoint', data: { step, loss, sha256 } }],
  }));
}

/** What was found out about the job's data or model, as an event. */
export function reportFinding(attempt: number, event: FindingEvent): Decide {
  return fencedBy(attempt, (job) => ({
    status: 'changed',
    job: { ...job, isExamined: job.isExamined || event.type === 'doctor' },
    events: [event],
  }));
}

/** The run under `attempt` is over. */
export function endRun(
  attempt: number,
  end: RunEnd,
  now: Date,
  error: JobError | null = null,
  random: () => number = Math.random,
): Decide {
  return fencedBy(attempt, (job) => {
    const meaning = end === 'failed' && error ? meaningOf(error) : end;
    const next = runTransitions[meaning][job.status];
    if (next === undefined) return refuse(job, `A run that is ${job.status} cannot end as ${meaning}.`);
    if (meaning === 'lost' && next === 'queued') return recover(job, now, error ?? workerLost, random);
    const isShown = next === 'failed' || (meaning === 'out-of-room' && next === 'paused');
    const waitsForRoom = meaning === 'out-of-room' && job.status === 'running';
    return enter({ ...job, error: isShown ? error : null, waitsForRoom }, next, now, reasons[meaning]);
  });
}

/** Code of the failure that there is no room for a checkpoint, or no permission to write it. */
export const outOfRoomCode = 'storage';

/** What a failure comes to: only what lies outside the job is tried again by itself, and a full disk is waited for. */
function meaningOf({ category, code }: JobError): RunEnd {
  if (category === 'infrastructure') return 'lost';
  return category === 'capacity' && code === outOfRoomCode ? 'out-of-room' : 'failed';
}

const reasons: Record<RunEnd, string> = {
  succeeded: 'all steps are trained',
  'stopped-early': 'the held-out loss no longer falls',
  failed: 'the run failed',
  stopped: 'the run stopped as asked',
  'handed-back': 'its worker is shutting down',
  lost: 'its worker was lost',
  'out-of-room': 'a checkpoint could not be written; the job goes on when it can',
};

/** Why a run that nobody reports for is tried again. */
export const workerLost: JobError = {
  category: 'infrastructure',
  code: 'worker_lost',
  message: 'its worker was lost',
};

/**
 * A run was lost with its worker, or failed for a reason that lies outside the job: queue it again, later each time,
 * unless it keeps happening.
 */
function recover(job: Job, now: Date, cause: JobError, random: () => number): Decision {
  const recoveries = job.recoveries + 1;
  const recovered = { ...job, recoveries, recoveryCause: cause };
  if (recoveries < maxRecoveries) {
    const delayMs = retryDelayMs(recoveries, random);
    const retryAt = delayMs > 0 ? new Date(now.getTime() + delayMs).toISOString() : null;
    return enter({ ...recovered, retryAt }, 'queued', now, `recovering: ${cause.message}`, { cause, retryAt });
  }
  const error: JobError = {
    category: 'infrastructure',
    code: 'poison',
    message: `The run was lost ${recoveries} times without reaching another checkpoint; the last time: ${cause.message}`,
  };
  return enter({ ...recovered, error }, 'failed', now, 'poison');
}

/** Whether the run under `attempt` is the job's present one: only its reports are committed. */
export function isRunBy(job: Job, attempt: number): boolean {
  return runningStatuses.has(job.status) && job.attempt === attempt;
}

function fencedBy(attempt: number, decide: Decide): Decide {
  return (job) => (isRunBy(job, attempt) ? decide(job) : { status: 'fenced', job });
}

/** What a job that waits to be tried again says of it. */
type RecoveryDetails = { cause?: JobError; retryAt?: string | null };

function enter(job: Job, status: JobStatus, now: Date, reason: string, recovery: RecoveryDetails = {}): Decision {
  const finishedAt = terminalStatuses.has(status) ? now.toISOString() : null;
  const retryAt = recovery.retryAt ?? null;
  const pace = runningStatuses.has(status) ? {} : { stepsPerSecond: null, etaSeconds: null };
  const entered = { ...job, ...pace, status, finishedAt, retryAt };
  return { status: 'changed', job: entered, events: [statusEvent(entered, reason, recovery.cause)] };
}

function refuse(job: Job, message: string): Decision {
  return { status: 'refused', job, message };
}

function statusEvent({ status, attempt, error, retryAt }: Job, reason: string, cause?: JobError): EventBody {
  const details = { ...(error ? { error } : {}), ...(cause ? { cause } : {}), ...(retryAt ? { retryAt } : {}) };
  return { type: 'status', data: { status, attempt, reason, ...details } };
}
