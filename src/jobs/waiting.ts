/**
 * What a job waits for that is not being run, as callers see it: a stable reason and a sentence.
 */
import type { EngineName } from '../engine/registry.ts';
import { quotaCode } from './decisions/run-end.ts';
import type { Job, WaitingFor } from './record.ts';
import { terminalStatuses } from './status.ts';
import type { WorkerInfo } from './workers/worker-info.ts';

const noRoom = 'There is no room on the disk for a checkpoint; the job goes on when there is.';

interface Surroundings {
  /** Those that are there; null: not known. */
  workers: readonly WorkerInfo[] | null;
  /** Why Redis takes no changes; null: as far as is known it does. */
  redisRefusal: string | null;
  now: Date;
}

/** null: the job is being run, is over, or was paused by a caller. */
export function waitingFor(job: Job, { workers, redisRefusal, now }: Surroundings): WaitingFor | null {
  if (terminalStatuses.has(job.status) || (job.status === 'paused' && !job.waitsForRoom)) return null;
  if (redisRefusal !== null) {
    return { reason: 'redis', message: `${redisRefusal} Until then nothing more of this job can be written down.` };
  }
  if (job.status === 'paused' && job.waitsForRoom) {
    return { reason: 'room', message: job.error?.code === quotaCode ? job.error.message : noRoom };
  }
  if (job.status !== 'queued') return null;
  if (job.retryAt && Date.parse(job.retryAt) > now.getTime()) return retry(job, job.retryAt);
  if (workers?.length === 0) {
    return {
      reason: 'worker',
      message: 'No worker is there; "npm run worker" starts one, "npm start" with LOOKBACK_WORKERS.',
    };
  }
  const engine = engineOf(job);
  if (workers && engine && !workers.some(({ engines }) => engines.includes(engine))) return missing(engine, workers);
  return { reason: 'queue', message: queueMessage(workers) };
}

function queueMessage(workers: readonly WorkerInfo[] | null): string {
  if (workers === null) return 'Its turn has not come.';
  const free = workers.filter((worker) => worker.job === null).length;
  if (free > 0)
    return `It waits to be taken by a worker: ${free} of ${workers.length} ${free === 1 ? 'is' : 'are'} free.`;
  if (workers.length === 1) return 'Its turn has not come: the only worker is busy.';
  return `Its turn has not come: all ${workers.length} workers are busy.`;
}

/** The one that has to run the job; null: any may. */
function engineOf({ engine, spec }: Job): EngineName | null {
  return engine?.name ?? (!spec || spec.engine === 'auto' ? null : spec.engine);
}

function retry({ recoveryCause, recoveries }: Job, until: string): WaitingFor {
  const cause = recoveryCause ? `: ${recoveryCause.message}` : '';
  return { reason: 'retry', message: `Its run was lost (${recoveries} since the last checkpoint)${cause}.`, until };
}

function missing(engine: EngineName, workers: readonly WorkerInfo[]): WaitingFor {
  const isLoading = workers.some(({ loading }) => loading.includes(engine));
  const message = isLoading
    ? `A worker is loading the engine "${engine}".`
    : `No worker that is there offers the engine "${engine}". ${whyUnavailable(engine, workers)}`;
  return { reason: 'engine', message };
}

/** A sentence: the reason that the worker gives which has been there longest. */
export function whyUnavailable(engine: EngineName, workers: readonly WorkerInfo[]): string {
  const [first] = workers.flatMap(({ unavailable }) => unavailable.filter((one) => one.engine === engine));
  return first ? first.reason : 'The log of each says why.';
}
