/**
 * Which workers are there, and which engines they offer: each says so every second, and is forgotten when it does not.
 */
import type { Redis } from 'ioredis';
import type { TrainingEngineName } from '../engine/contract.ts';
import { asUnavailable, type KeyNames } from '../redis.ts';

const announceMs = 1_000;
const lifetimeMs = 5_000;

/** The field of the hash that lists the workers is a worker's id; its value the time (Redis') until which the word counts, and its engines. */
interface Announcement {
  until: number;
  engines: TrainingEngineName[];
}

export class WorkerRegistry {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = redis;
    this.#key = keys.workers;
  }

  /** Says that a worker is there, again and again, until the function that comes back is called. */
  announce(id: string, engines: TrainingEngineName[]): () => Promise<void> {
    const say = async () => {
      const announcement: Announcement = { until: (await this.#now()) + lifetimeMs, engines };
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

  /** Engines that at least one worker offers. @throws UnavailableError while Redis is away. */
  async offeredEngines(): Promise<TrainingEngineName[]> {
    const [now, announced] = await Promise.all([this.#now(), this.#redis.hgetall(this.#key)]).catch(asUnavailable);
    const offered = new Set<TrainingEngineName>();
    for (const [id, text] of Object.entries(announced)) {
      const { until, engines } = JSON.parse(text) as Announcement;
      // A worker that was killed does not sign off.
      if (until < now) await this.#redis.hdel(this.#key, id).catch(() => {});
      else for (const engine of engines) offered.add(engine);
    }
    return [...offered];
  }

  async #now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1000 + Number(microseconds) / 1000;
  }
}
