/**
 * How a run ends, and what follows for its job: it is over, paused, or tried again.
 */
import type { Job, JobError } from '../record.ts';
import type { JobStatus } from '../status.ts';
import { type Decide, type Decision, enter, fencedBy, refuse } from './decision.ts';
import { maxRecoveries, retryDelayMs } from './recovery-back-off.ts';

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

/** Code of the failure that a checkpoint would go beyond the quota. */
export const quotaCode = 'checkpoint_quota';
/** Code of the failure that there is no room for a checkpoint, or no permission to write it. */
export const outOfRoomCode = 'storage';
/** Codes of what a job waits for until there is room: the disk, or the quota of checkpoints. */
const roomCodes: ReadonlySet<string> = new Set([outOfRoomCode, quotaCode]);

/** What a failure comes to: only what lies outside the job is tried again by itself, and a full disk is waited for. */
function meaningOf({ category, code }: JobError): RunEnd {
  if (category === 'infrastructure') return 'lost';
  return category === 'capacity' && roomCodes.has(code) ? 'out-of-room' : 'failed';
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
