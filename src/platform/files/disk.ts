/**
 * File operations that outlast a crash: what is written is on the disk when the call returns, and what is replaced is replaced in one step.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';

/**
 * Files and folders that this process opens at once for lists and checkpoints, so that no number of requests uses up
 * its file descriptors.
 */
const openAtOnce = 16;

const limit = pLimit(openAtOnce);

/**
 * Runs `read` when fewer than `openAtOnce` others are under way. It must not call `withOpenFiles` itself: it could wait
 * for its own turn for ever.
 */
export function withOpenFiles<T>(read: () => Promise<T>): Promise<T> {
  return limit(read);
}

/**
 * Makes a folder with its parents. Not `mkdir` with `recursive`, which in Node 20 reports a read-only disk (EROFS) as ENOENT.
 */
export async function ensureFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = path.dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    await ensureFolder(parent);
    await mkdir(folder).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** Writes a new file and syncs it. @param mode its permissions, without those that the process' mask takes away. */
export async function writeSynced(file: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes what was created or renamed in a folder last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a small file in one step. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = aside(file, 'tmp');
  await writeSynced(temporary, content);
  await rename(temporary, file);
}

/** Makes a small file in one step. False: there is something of that name, which stays. */
export async function createFile(file: string, content: string | Uint8Array): Promise<boolean> {
  const temporary = aside(file, 'tmp');
  await writeSynced(temporary, content);
  try {
    // A file system without links still makes a file for one caller only; after a crash that one may be incomplete.
    await link(temporary, file).catch((error) =>
      hasNoLinks(error) ? writeSynced(file, content) : Promise.reject(error),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
  await syncFolder(path.dirname(file));
  return true;
}

function hasNoLinks({ code = '' }: NodeJS.ErrnoException): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code);
}

/** A name beside `target` that nobody else has. */
export function aside(target: string, ending: 'tmp' | 'old' | 'leaving'): string {
  return `${target}.${randomBytes(6).toString('hex')}.${ending}`;
}

/** For `readdir(…).catch`: a folder that is not there holds nothing. */
export function emptyIfMissing(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** For `.catch`: only what is missing is missing; what cannot be opened for another reason may be whole. */
export function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
