/**
 * Who uses the embedded Redis of a data folder: a file beside its data, which only one Lookback at a time can have.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { ConflictError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface Lease {
  /** Process id of the Lookback that owns the server. */
  owner: number;
  port: number;
  password: string;
}

/**
 * Writes the lease, in one step. One of a Lookback that was killed is taken over, and its server ended: it holds nothing that its append-only file does not.
 * @param startingMs how long an owner may take until its server answers.
 * @throws ConflictError when another Lookback is using the folder, or is about to.
 */
export async function takeLease(file: string, lease: Lease, startingMs: number, logger: Logger): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, JSON.stringify(lease), { mode: 0o600 });
  try {
    while (!(await linked(draft, file))) await endFormer(file, startingMs, logger);
  } finally {
    await rm(draft, { force: true });
  }
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
  const text = await readFile(file, 'utf8').catch(nullIfMissing);
  if (text === null) return;
  const { owner, port, password } = JSON.parse(text) as Lease;
  const redis = new Redis({ port, password, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  // Only the server that knows the password is ours; the number of a process that is gone may be another's by now.
  const answers = await redis.ping().then(
    () => true,
    () => false,
  );
  try {
    if (isAlive(owner) && (answers || (await ageOf(file)) < startingMs)) throw inUse(file, owner);
    if (answers) {
      logger.warn({ port }, 'ending the embedded Redis of a Lookback that was killed');
      // It never answers; the connection closes when the server is gone.
      await redis.shutdown().catch(() => {});
    }
    await removeIfStill(file, text);
  } finally {
    redis.disconnect();
  }
}

/** Removes the lease unless another start has taken the folder over in the meantime. */
async function removeIfStill(file: string, text: string): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  if ((await rename(file, aside).catch(nullIfMissing)) === null) return;
  if ((await readFile(aside, 'utf8')) !== text) await linked(aside, file);
  await rm(aside);
}

function inUse(file: string, owner: number): ConflictError {
  return new ConflictError(
    'data_in_use',
    `The data folder of ${file} is in use by process ${owner}: stop it, or set LOOKBACK_DATA to another folder.`,
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
