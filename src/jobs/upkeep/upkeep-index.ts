/**
 * What the upkeep of jobs looks at: small indexes and slices, so that the cost of a pass does not grow with the queue.
 * The scripts of `commands/` keep the indexes.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { limits } from '../../platform/limits.ts';
import { asUnavailable, type KeyNames } from '../../platform/redis/connections.ts';
import { redisTime } from '../../platform/redis/time.ts';
import type { JobCommands } from '../commands/index.ts';

/** Upkeep that one process does for all. */
type Duty = 'queue' | 'files' | 'retention' | 'settling';

export class UpkeepIndex {
  readonly #redis: Redis & JobCommands;
  readonly #keys: KeyNames;
  readonly #token = randomUUID();

  constructor(redis: Redis & JobCommands, keys: KeyNames) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Whether this process has the duty for the next `ms`; who has it may ask again before. */
  async lead(duty: Duty, ms: number): Promise<boolean> {
    return (await this.#redis.leadDuty(this.#keys.duty(duty), this.#token, ms).catch(asUnavailable)) === 1;
  }

  /** Queued jobs that have been without an entry in the queue for so long. */
  async undispatched(ms: number, limit: number): Promise<string[]> {
    const before = String((await redisTime(this.#redis)) - ms);
    return this.#redis.zrangebyscore(this.#keys.undispatched, '-inf', before, 'LIMIT', 0, limit).catch(asUnavailable);
  }

  /** Those of these jobs that are not marked as without an entry. */
  async dispatched(ids: string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const scores = await this.#redis.zmscore(this.#keys.undispatched, ids).catch(asUnavailable);
    return ids.filter((_, i) => scores[i] === null);
  }

  /** Queued jobs, the oldest first, behind a place in the order of submission; with the place behind them, null at the end. */
  async queuedAfter(place: string, limit: number): Promise<{ ids: string[]; next: string | null }> {
    const found = await this.#redis
      .zrangebyscore(this.#keys.jobsOfStatus('queued'), `(${place}`, '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
      .catch(asUnavailable);
    const ids = found.filter((_, i) => i % 2 === 0);
    return { ids, next: ids.length < limit ? null : found[found.length - 1] };
  }

  /** Jobs that were paused for want of room. */
  async waitingForRoom(): Promise<string[]> {
    return this.#redis.zrange(this.#keys.waitingForRoom, '0', '-1').catch(asUnavailable);
  }

  /**
   * Jobs that have been over for so long, or are more than `count`; the longest over first. Those that an alias names
   * may be among them, at most twice as many as there may be aliases: so many more are returned.
   */
  async outdated({ ms, count }: { ms: number; count: number }, wanted: number): Promise<string[]> {
    const key = this.#keys.finished;
    const limit = wanted + 2 * limits.aliases;
    const [now, length] = await Promise.all([redisTime(this.#redis), this.#redis.zcard(key)]).catch(asUnavailable);
    const excess = Math.min(limit, length - count);
    if (excess > 0) return this.#redis.zrange(key, '0', String(excess - 1)).catch(asUnavailable);
    if (ms === Number.POSITIVE_INFINITY) return [];
    return this.#redis.zrangebyscore(key, '-inf', String(now - ms), 'LIMIT', 0, limit).catch(asUnavailable);
  }
}
