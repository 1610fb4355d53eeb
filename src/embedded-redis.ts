/**
 * The Redis that comes with Lookback when none is configured: a private redis-server on a free port of this machine, its append-only file in the data folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { UnavailableError } from './errors.ts';
import { freePort } from './free-port.ts';
import type { Logger } from './logger.ts';
import { takeLease } from './redis-lease.ts';

const readyTimeoutMs = 30_000;
const restartMs = 500;

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
  await mkdir(folder, { recursive: true });
  const leaseFile = path.join(folder, 'lease.json');
  const port = await freePort();
  const password = randomBytes(24).toString('base64url');
  await takeLease(leaseFile, { owner: process.pid, port, password }, readyTimeoutMs, logger);
  try {
    return await startServer(folder, { port, password, fsync, leaseFile }, logger);
  } catch (error) {
    await rm(leaseFile, { force: true });
    throw error;
  }
}

interface ServerSetting {
  port: number;
  password: string;
  fsync: 'always' | 'everysec';
  leaseFile: string;
}

/** Starts the server, and starts it again whenever it ends by itself: on the same port, so that every connection finds it. */
async function startServer(folder: string, setting: ServerSetting, logger: Logger): Promise<EmbeddedRedis> {
  const { port, password, leaseFile } = setting;
  const url = `redis://:${password}@127.0.0.1:${port}`;
  let server = launch(folder, setting);
  await untilReady(server, url, path.join(folder, 'redis.log'));
  let restart: NodeJS.Timeout | undefined;
  const watch = () => {
    server.once('exit', (code, signal) => {
      logger.error({ code, signal }, 'the embedded Redis ended; starting it again');
      restart = setTimeout(() => {
        server = launch(folder, setting);
        watch();
      }, restartMs);
    });
  };
  watch();
  logger.info({ port, folder }, 'embedded Redis is ready');

  return {
    url,
    async close() {
      clearTimeout(restart);
      server.removeAllListeners('exit');
      if (server.exitCode === null && server.signalCode === null) {
        const gone = once(server, 'exit');
        server.kill('SIGTERM');
        await gone;
      }
      await rm(leaseFile, { force: true });
    },
  };
}

function launch(folder: string, { port, password, fsync }: ServerSetting): ChildProcess {
  const server = spawn(serverBinary(), serverOptions(folder, port, fsync), {
    // Its own process group: Ctrl-C in a terminal must not end it before those who still write to it.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // What fails here shows in that it never answers.
  server.on('error', () => {});
  server.stdin!.on('error', () => {});
  // The password comes over stdin, so that no list of processes shows it.
  server.stdin!.end(`requirepass ${password}\n`);
  return server;
}

function serverOptions(folder: string, port: number, fsync: string): string[] {
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    logfile: path.join(folder, 'redis.log'),
    save: '',
    appendonly: 'yes',
    appendfsync: fsync,
    'maxmemory-policy': 'noeviction',
  };
  return ['-', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/** LOOKBACK_REDIS_SERVER, else the system's, else the one that the set-up put into the cache folder. */
function serverBinary(): string {
  const chosen = process.env.LOOKBACK_REDIS_SERVER;
  if (chosen) return chosen;
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'redis-server'))
    .find(existsSync);
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const cached = path.join(cache, 'lookback', 'redis', 'redis-server');
  if (onPath) return onPath;
  if (existsSync(cached)) return cached;
  throw new UnavailableError(
    'There is no redis-server: run `npm run setup`, install the package redis-server, or set REDIS_URL to a Redis that runs elsewhere.',
  );
}

async function untilReady(server: ChildProcess, url: string, logFile: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  const ended = new AbortController();
  const failed = Promise.race([
    once(server, 'error', { signal: ended.signal }).then(([error]) => error.message as string),
    once(server, 'exit', { signal: ended.signal }).then(() => lastLine(logFile)),
    delay(readyTimeoutMs, 'it did not answer in time', { signal: ended.signal }),
  ]);
  try {
    const answer = await Promise.race([redis.ping(), failed]);
    if (answer !== 'PONG') throw new UnavailableError(`redis-server did not start: ${answer}`);
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  } finally {
    failed.catch(() => {});
    ended.abort();
    redis.disconnect();
  }
}

async function lastLine(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return 'it left no log';
  const text = await handle.readFile('utf8');
  await handle.close();
  return text.trim().split('\n').at(-1) ?? '';
}
