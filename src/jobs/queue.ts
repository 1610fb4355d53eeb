/**
 * Hands queued jobs to workers through BullMQ. An entry only says "somebody take up this attempt of this job": the job's state is its record, and an entry that no longer fits it starts nothing.
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { KeyNames } from '../redis.ts';
import { longestDelayMs } from './back-off.ts';
import type { Job } from './job.ts';

export const queueName = 'training';

/** The payload of a queue entry. */
export interface Dispatch {
  id: string;
  attempt: number;
}

export class JobQueue {
  readonly #queue: Queue<Dispatch>;

  constructor(connection: Redis, keys: KeyNames) {
    this.#queue = new Queue(queueName, {
      connection,
      prefix: keys.bull,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', () => {});
  }

  /** Queues the next attempt of these jobs, for when they are to be tried. An entry that is there already stays as it is, so this may be repeated at will. */
  async dispatch(jobs: readonly Job[]): Promise<void> {
    await this.#queue.addBulk(
      jobs.map(({ id, attempt, retryAt }) => ({
        name: 'train',
        data: { id, attempt: attempt + 1 },
        opts: { jobId: entryId(id, attempt + 1), delay: delayUntil(retryAt) },
      })),
    );
  }

  /** Those of these queued jobs whose next attempt has no entry. */
  async withoutEntry(jobs: readonly Job[]): Promise<Job[]> {
    const entries = await Promise.all(jobs.map(({ id, attempt }) => this.#queue.getJob(entryId(id, attempt + 1))));
    return jobs.filter((_, i) => entries[i] === undefined);
  }

  async hasWaiting(): Promise<boolean> {
    return (await this.#queue.getWaitingCount()) > 0;
  }

  /** The entries that no worker has taken yet. */
  async entries(): Promise<Dispatch[]> {
    const entries = await this.#queue.getJobs(['waiting', 'prioritized', 'delayed']);
    // An entry that is taken while they are read is no longer there.
    return entries.flatMap((entry) => entry?.data ?? []);
  }

  /** Takes back the entry of a job that is no longer queued; a worker that has it already finds out from the record. */
  async withdraw({ id, attempt }: Pick<Job, 'id' | 'attempt'>): Promise<void> {
    await this.#queue.remove(entryId(id, attempt + 1));
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

/** Bounded, so that a wall clock that jumped does not put a job off for longer than it was meant to wait. */
function delayUntil(retryAt: string | null): number {
  if (retryAt === null) return 0;
  return Math.min(Math.max(0, Date.parse(retryAt) - Date.now()), longestDelayMs);
}

function entryId(id: string, attempt: number): string {
  return `${id}-${attempt}`;
}
