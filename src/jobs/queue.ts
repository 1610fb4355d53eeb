/**
 * Hands queued jobs to workers through BullMQ. An entry only says "somebody take up this attempt of this job": the
 * job's state is its record, and an entry that no longer fits it starts nothing.
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { KeyNames } from '../platform/redis/connections.ts';
import { longestDelayMs } from './decisions/recovery-back-off.ts';
import type { Job } from './record.ts';

export const queueName = 'training';

/** The payload of a queue entry. */
export interface Dispatch {
  id: string;
  attempt: number;
}

export class JobQueue {
  readonly #redis: Redis;
  readonly #keys: KeyNames;
  #queue: Queue<Dispatch>;

  constructor(connection: Redis, keys: KeyNames) {
    this.#redis = connection;
    this.#keys = keys;
    this.#queue = this.#open();
  }

  /**
   * Queues the next attempt of these jobs, for when they are to be tried. An entry that is there already stays as it
   * is, so this may be repeated at will.
   */
  async dispatch(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const queue = await this.#ready();
    await queue.addBulk(
      jobs.map(({ id, attempt, retryAt }) => ({
        name: 'train',
        data: { id, attempt: attempt + 1 },
        opts: { jobId: entryId(id, attempt + 1), delay: delayUntil(retryAt) },
      })),
    );
    // After the entries: a Redis that loses its last writes loses this first, and then the reconciler looks again.
    await this.#redis.zrem(this.#keys.undispatched, ...jobs.map(({ id }) => id));
  }

  /** Those of these queued jobs whose next attempt has no entry. */
  async withoutEntry(jobs: readonly Job[]): Promise<Job[]> {
    const pipeline = this.#redis.pipeline();
    for (const { id, attempt } of jobs) pipeline.exists(this.#queue.toKey(entryId(id, attempt + 1)));
    const answers = (await pipeline.exec()) ?? [];
    return jobs.filter((_, i) => answers[i]?.[1] === 0);
  }

  async hasWaiting(): Promise<boolean> {
    return (await (await this.#ready()).getWaitingCount()) > 0;
  }

  /** Entries that no worker has taken yet: so many of each kind (waiting, delayed), from a place on. */
  async entries(place = 0, count = 100): Promise<Dispatch[]> {
    const queue = await this.#ready();
    const ids = await queue.getRanges(['wait', 'prioritized', 'delayed'], place, place + count - 1, true);
    return ids.map(dispatchOf);
  }

  /** Takes back the entry of a job that is no longer queued; a worker that has it already finds out from the record. */
  async withdraw({ id, attempt }: Pick<Job, 'id' | 'attempt'>): Promise<void> {
    const queue = await this.#ready();
    await queue.remove(entryId(id, attempt + 1));
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  #open(): Queue<Dispatch> {
    const queue = new Queue<Dispatch>(queueName, {
      connection: this.#redis,
      prefix: this.#keys.bull,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', () => {});
    return queue;
  }

  /**
   * BullMQ asks Redis for its version once, when a queue is made: where that gets no answer, the queue fails for ever.
   * Another one is made then, for the next call.
   */
  async #ready(): Promise<Queue<Dispatch>> {
    const queue = this.#queue;
    try {
      await queue.waitUntilReady();
    } catch (error) {
      if (this.#queue === queue) this.#queue = this.#open();
      await queue.close().catch(() => {});
      throw error;
    }
    return queue;
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

function dispatchOf(entry: string): Dispatch {
  const end = entry.lastIndexOf('-');
  return { id: entry.slice(0, end), attempt: Number(entry.slice(end + 1)) };
}
