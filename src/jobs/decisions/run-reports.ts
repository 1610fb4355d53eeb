/**
 * What a worker decides over a job while it runs it: to claim it, and what the run has reached.
 */
import type { EventBody, FindingEvent, JobProgress, MeasuredCheckpoint } from '../event.ts';
import type { JobEngine, JobPace, RunTimes } from '../record.ts';
import { type Decide, enter, fencedBy } from './decision.ts';

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
export function reportTime(attempt: number, times: RunTimes, pace: JobPace | null = null): Decide {
  return fencedBy(attempt, (job) => ({ status: 'changed', job: { ...job, ...times, ...pace }, events: [] }));
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
