/**
 * The Redis that comes with Lookback when none is configured: a private redis-server on a free port of this machine,
 * its append-only file in the data folder.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Backoff } from '../backoff.ts';
import { UnavailableError } from '../errors.ts';
import { logEvent } from '../log-events.ts';
import type { Logger } from '../logger.ts';
import { freePort } from '../network/free-port.ts';
import { EmbeddedServer, findRedisServer, type ServerSetting } from './embedded-server.ts';
import { takeLease } from './lease.ts';

const readyTimeoutMs = 30_000;
const restarts = { firstMs: 500, longestMs: 30_000, settledMs: 60_000 };

export interface EmbeddedRedis {
  url: string;
  close(): Promise<void>;
}

/**
 * Starts redis-server over `folder` and waits until it answers.
 * @throws ConflictError when another Lookback is using the folder, UnavailableError when there is no redis-server or it does not start.
 */
export async function startEmbeddedRedis(
  folder: string,
  fsync: 'always' | 'everysec',
  logger: Logger,
): Promise<EmbeddedRedis> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const leaseFile = path.join(folder, 'lease.json');
  const port = await freePort();
  const password = randomBytes(24).toString('base64url');
  await takeLease(leaseFile, { owner: process.pid, port, password }, readyTimeoutMs, logger);
  const release = () => rm(leaseFile, { force: true });
  try {
    const kept = await KeptServer.start({ folder, port, password, fsync }, logger);
    return { url: kept.url, close: () => kept.close().finally(release) };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A server that is started again whenever it ends by itself: on the same port, so that every connection finds it. */
class KeptServer {
  readonly #program = findRedisServer();
  readonly #setting: ServerSetting;
  readonly #logger: Logger;
  readonly #backoff = new Backoff(restarts);
  readonly #closing = new AbortController();
  #server: EmbeddedServer;
  /** Ends with the last server. */
  #kept: Promise<void> = Promise.resolve();

  static async start(setting: ServerSetting, logger: Logger): Promise<KeptServer> {
    const kept = new KeptServer(setting, logger);
    await untilReady(kept.#server, kept.url);
    kept.#kept = kept.#keep();
    logger.info({ port: setting.port, folder: setting.folder }, 'embedded Redis is ready');
    return kept;
  }

  private constructor(setting: ServerSetting, logger: Logger) {
    this.#setting = setting;
    this.#logger = logger;
    this.#server = new EmbeddedServer(this.#program, setting);
  }

  get url(): string {
    return `redis://:${this.#setting.password}@127.0.0.1:${this.#setting.port}`;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const startedAt = performance.now();
      await this.#server.ended;
      if (signal.aborted) return;
      const waitMs = this.#backoff.next(performance.now() - startedAt);
      const reason = await this.#server.reasonOfEnd();
      this.#logger.error(
        logEvent('redis-ended', { waitMs }),
        `the embedded Redis ended (${reason}); starting it again in ${(waitMs / 1000).toFixed(1)} s`,
      );
      await delay(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#server = new EmbeddedServer(this.#program, this.#setting);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#server.end();
    await this.#kept;
  }
}

/** @throws UnavailableError that says why it does not answer; it has ended then. */
async function untilReady(server: EmbeddedServer, url: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  const waited = new AbortController();
  const failure = Promise.race([
    server.ended.then(() => server.reasonOfEnd()),
    delay(readyTimeoutMs, `it did not answer within ${readyTimeoutMs / 1000} s`, { signal: waited.signal }),
  ]);
  try {
    const answer = await Promise.race([redis.ping(), failure]);
    if (answer !== 'PONG') throw new UnavailableError(`redis-server did not start: ${answer}`);
  } catch (error) {
    await server.end();
    throw error;
  } finally {
    failure.catch(() => {});
    waited.abort();
    redis.disconnect();
  }
}
