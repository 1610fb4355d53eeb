/**
 * The lease of a data folder's embedded Redis: a file beside its data that says which process uses it. One process at
 * a time has it.
 */
import { randomBytes } from 'node:crypto';
import { link, lstat, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { ConflictError } from '../errors.ts';
import { writeSynced } from '../files/disk.ts';
import { readRegular } from '../files/regular-file.ts';
import type { Logger } from '../logger.ts';

const Lease = z.object({
  /** Process id of the Lookback that owns the server. */
  owner: z.int().positive(),
  port: z.int().positive(),
  password: z.string(),
});
type Lease = z.infer<typeof Lease>;

/** How long a former server may take for an answer. */
const answerMs = 2_000;
/** How long to wait for the end of a former server that does not answer: longer than it takes to end after its Lookback. */
const endingMs = 12_000;
const pauseMs = 200;

/**
 * Writes the lease, `redis/lease.json` of a data folder, in one step. One of a Lookback that was killed is taken over,
 * and its server ended: it holds nothing that its append-only file does not.
 * @param startingMs how long an owner may take until its server answers.
 * @throws ConflictError when another Lookback is using the folder, or is about to.
 */
export async function takeLease(file: string, lease: Lease, startingMs: number, logger: Logger): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeSynced(draft, JSON.stringify(lease), 0o600);
  try {
    while (!(await linked(draft, file))) await endFormer(file, startingMs, logger);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The URL of the server that a running Lookback has; null: none runs. @param file as `takeLease`. */
export async function leasedUrl(file: string): Promise<string | null> {
  const lease = parseLease((await textOf(file)) ?? '');
  if (!lease || (await stateOf(lease.port, lease.password)) !== 'answers') return null;
  return `redis://:${lease.password}@127.0.0.1:${lease.port}`;
}

/** false when there is a lease already. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function endFormer(file: string, startingMs: number, logger: Logger): Promise<void> {
  const text = await textOf(file);
  if (text === null) return;
  const former = parseLease(text);
  // A lease is written whole: only a crash of the machine leaves less of it, and no server survives that.
  if (former) await endServer(file, former, startingMs, logger);
  else
    logger.warn(
      { file },
      'the lease of the embedded Redis is not readable, as after a crash of the machine; it is replaced',
    );
  await removeIfStill(file, text);
}

/** null: this is no lease. */
function parseLease(text: string): Lease | null {
  try {
    return Lease.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Only the server that knows the password is ours; the number of a process that is gone may be another's by now. */
async function endServer(
  file: string,
  { owner, port, password }: Lease,
  startingMs: number,
  logger: Logger,
): Promise<void> {
  const since = performance.now();
  for (;;) {
    const state = await stateOf(port, password);
    const isOwned = isAlive(owner) && (state !== 'gone' || (await ageOf(file)) < startingMs);
    if (isOwned) throw inUse(file, owner);
    if (state === 'gone') return;
    if (state === 'answers') {
      logger.warn({ port }, 'ending the embedded Redis of a Lookback that was killed');
      await shutDown(port, password);
      return;
    }
    if (performance.now() - since > endingMs) throw doesNotEnd(file, port);
    await delay(pauseMs);
  }
}

/** silent: something holds the port, and says nothing in time. */
async function stateOf(port: number, password: string): Promise<'answers' | 'silent' | 'gone'> {
  const redis = toFormer(port, password);
  let isConnected = false;
  redis.once('connect', () => {
    isConnected = true;
  });
  const waited = new AbortController();
  try {
    const silence = delay(answerMs, 'silent' as const, { signal: waited.signal });
    silence.catch(() => {});
    return await Promise.race([redis.ping().then(() => 'answers' as const), silence]);
  } catch (error) {
    const isLoading = error instanceof Error && /^LOADING/.test(error.message);
    return isConnected && isLoading ? 'silent' : 'gone';
  } finally {
    waited.abort();
    redis.disconnect();
  }
}

async function shutDown(port: number, password: string): Promise<void> {
  const redis = toFormer(port, password);
  // It never answers; the connection closes when the server is gone.
  await redis.shutdown().catch(() => {});
  redis.disconnect();
}

function toFormer(port: number, password: string): Redis {
  const redis = new Redis({ port, password, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  return redis;
}

/** Removes the lease unless another start has taken the folder over in the meantime. */
async function removeIfStill(file: string, text: string): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  if ((await rename(file, aside).catch(nullIfMissing)) === null) return;
  if ((await textOf(aside)) !== text) await linked(aside, file);
  await rm(aside, { recursive: true, force: true });
}

/** null: there is no such file. What is no regular file has no text. */
async function textOf(file: string): Promise<string | null> {
  const found = await lstat(file).catch(nullIfMissing);
  return found && ((await readRegular(file))?.toString('utf8') ?? '');
}

function inUse(file: string, owner: number): ConflictError {
  return new ConflictError(
    'data_in_use',
    `The data folder ${path.dirname(path.dirname(file))} is in use by process ${owner}: stop it, or set LOOKBACK_DATA to another folder.`,
  );
}

function doesNotEnd(file: string, port: number): ConflictError {
  return new ConflictError(
    'data_in_use',
    `The redis-server of ${file}, on port ${port}, neither answers nor ends: kill it, or set LOOKBACK_DATA to another folder.`,
  );
}

async function ageOf(file: string): Promise<number> {
  const found = await stat(file).catch(nullIfMissing);
  return found ? Date.now() - found.mtimeMs : 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
