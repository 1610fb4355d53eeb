/**
 * The bucket of a chaos run: an S3 server behind a proxy that does harm to some requests all the time, and to all of them
 * for a while when a fault strikes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../src/model/random.ts';
import { S3Proxy, s3Faults } from '../testing/s3-proxy.ts';
import { S3Server } from '../testing/s3-server.ts';
import { pick } from './specs.ts';

/** Of the requests, those that meet a fault. */
const faultShare = 0.03;
const store = 'chaos';
const ofStep = /\/step-(\d+)\./;
/** Longer than the silence after which a run would count as lost. */
const awayMs = 8_000;

export class Bucket {
  readonly environment: NodeJS.ProcessEnv;
  readonly #server: S3Server;
  readonly #proxy: S3Proxy;

  private constructor(server: S3Server, proxy: S3Proxy, seed: number) {
    this.#server = server;
    this.#proxy = proxy;
    this.environment = { ...server.environment(proxy.url), LOOKBACK_STORE: server.address(store) };
    const random = Random.seeded(seed, 'weights');
    proxy.choose = () => (random.uniform() < faultShare ? s3Faults[random.integer(s3Faults.length)] : undefined);
  }

  static async start(seed: number): Promise<Bucket> {
    const server = await S3Server.start();
    return new Bucket(server, await S3Proxy.start(server.url), seed);
  }

  /** Nobody reaches it for a while, or everybody is told to slow down. */
  async strike(kind: 'away' | 'slow-down'): Promise<void> {
    this.#proxy.weather = kind === 'away' ? 'away' : { status: 503, code: 'SlowDown' };
    await delay(awayMs);
    this.#proxy.weather = 'fair';
  }

  /** Changes one byte of a checkpoint of the job, past the proxy; returns its step, null: there is none. */
  async flipByte(job: string, random: Random): Promise<number | null> {
    const keys = (await this.#server.keys(`${store}/checkpoints/${job}/`)).filter((key) => ofStep.test(key));
    if (keys.length === 0) return null;
    const key = pick(random, keys);
    const isFlipped = await this.#server.change(key, (bytes) => {
      if (bytes.length > 0) bytes[random.integer(bytes.length)] ^= 1 + random.integer(255);
      return bytes;
    });
    return isFlipped ? Number(ofStep.exec(key)![1]) : null;
  }

  /** From now on every request is carried out. */
  heal(): void {
    this.#proxy.weather = 'fair';
    this.#proxy.choose = () => undefined;
  }

  async close(): Promise<void> {
    await this.#proxy.close();
    await this.#server.close();
  }
}
