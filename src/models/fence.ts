/**
 * The fence of a job's folder: a file with the number of the newest attempt. A run that was taken over, but is still alive, publishes nothing any more.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../disk.ts';
import { FencedError } from '../errors.ts';

const fenceFile = 'attempt';

/** Makes `attempt` the one that may write. @throws FencedError when a newer one has begun. */
export async function raiseFence(folder: string, attempt: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await ensureNewest(folder, attempt);
  await replaceFile(path.join(folder, fenceFile), String(attempt));
}

/** @throws FencedError when a newer attempt than `attempt` has begun. */
export async function ensureNewest(folder: string, attempt: number): Promise<void> {
  const newest = await readFile(path.join(folder, fenceFile), 'utf8').then(Number, (error) => {
    if (error.code === 'ENOENT') return 0;
    throw error;
  });
  if (newest > attempt) throw new FencedError(attempt, newest);
}
