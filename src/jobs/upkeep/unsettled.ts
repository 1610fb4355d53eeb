/**
 * What processes have begun that changes both the store and Redis, and that the death of a process leaves half done: jobs
 * whose files are there before their record, and jobs whose files go before their record. `Settling` finishes it.
 */
import type { Redis } from 'ioredis';
import { asUnavailable, type KeyNames } from '../../platform/redis/connections.ts';
import { redisTime } from '../../platform/redis/time.ts';

export type Unsettled =
  /** Files of a job that is about to be recorded. */
  | { kind: 'files'; job: string }
  /** The removal of a job whose record is of this revision. */
  | { kind: 'removal'; job: string; revision: string };

export class UnsettledChanges {
  readonly #redis: Redis;
  readonly #keys: KeyNames;

  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** To be called before the first of the two is changed. */
  async begin(change: Unsettled): Promise<void> {
    const now = await redisTime(this.#redis);
    await this.#redis.zadd(this.#keys.unsettled, now, memberOf(change)).catch(asUnavailable);
  }

  /** To be called when both are changed, or neither. Never fails: what stays is looked at once more, and is as it should be. */
  async end(change: Unsettled): Promise<void> {
    await this.#redis.zrem(this.#keys.unsettled, memberOf(change)).catch(() => {});
  }

  /** The oldest first, with the time since they were begun. */
  async all(limit: number): Promise<{ change: Unsettled; ageMs: number }[]> {
    const now = await redisTime(this.#redis);
    const found = await this.#redis
      .zrange(this.#keys.unsettled, '0', String(limit - 1), 'WITHSCORES')
      .catch(asUnavailable);
    return Array.from({ length: found.length / 2 }, (_, n) => {
      const [kind, job, revision] = found[2 * n].split(' ');
      const change: Unsettled = kind === 'files' ? { kind, job } : { kind: 'removal', job, revision };
      return { change, ageMs: now - Number(found[2 * n + 1]) };
    });
  }
}

function memberOf(change: Unsettled): string {
  return change.kind === 'files' ? `files ${change.job}` : `removal ${change.job} ${change.revision}`;
}
