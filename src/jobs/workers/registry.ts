/**
 * Which workers are there, and which engines they offer: each says so every second, and is forgotten when it does not.
 */
import type { Redis } from 'ioredis';
import { asUnavailable, type KeyNames } from '../../platform/redis/connections.ts';
import type { WorkerDescription, WorkerInfo } from './worker-info.ts';

const announceMs = 1_000;
const lifetimeMs = 5_000;

/** The field of the hash that lists the workers is a worker's id; its value this, with the time (Redis') until which it counts. */
interface Announcement extends WorkerDescription {
  until: number;
}

export class WorkerRegistry {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = redis;
    this.#key = keys.workers;
  }

  /** Says that a worker is there, again and again, until the function that comes back is called. */
  announce(id: string, describe: () => WorkerDescription): () => Promise<void> {
    const say = async () => {
      const announcement: Announcement = { until: (await this.#now()) + lifetimeMs, ...describe() };
      await this.#redis.hset(this.#key, id, JSON.stringify(announcement));
    };
    // While Redis is away nobody asks; the next word after it counts again.
    const sayQuietly = () => void say().catch(() => {});
    sayQuietly();
    const timer = setInterval(sayQuietly, announceMs);
    return async () => {
      clearInterval(timer);
      await this.#redis.hdel(this.#key, id).catch(() => {});
    };
  }

  /** The workers that are there, the longest-serving first. @throws UnavailableError while Redis is away. */
  async list(): Promise<WorkerInfo[]> {
    const [now, announced] = await Promise.all([this.#now(), this.#redis.hgetall(this.#key)]).catch(asUnavailable);
    const found: WorkerInfo[] = [];
    for (const [id, text] of Object.entries(announced)) {
      const { until, ...description } = JSON.parse(text) as Announcement;
      // A worker that was killed does not sign off.
      if (until < now) await this.#redis.hdel(this.#key, id).catch(() => {});
      // One of the version before says nothing of what it cannot load.
      else found.push({ id, ...description, unavailable: description.unavailable ?? [] });
    }
    return found.sort((a, b) => a.startedAt.localeCompare(b.startedAt) || a.id.localeCompare(b.id));
  }

  async #now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1000 + Number(microseconds) / 1000;
  }
}
