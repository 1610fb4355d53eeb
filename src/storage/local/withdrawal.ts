/**
 * How a group goes: out of sight first, which a disk that cannot be written refuses, and for good when its caller says so.
 */
import { rename, rm, utimes } from 'node:fs/promises';
import { aside } from '../../platform/files/disk.ts';
import type { Withdrawn } from '../blob-store.ts';

/** null: there is no such folder. */
export async function withdraw(folder: string): Promise<Withdrawn | null> {
  const old = aside(folder, 'old');
  try {
    await rename(folder, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
  // What is cleared away because a crash left it here is judged by its age.
  const now = new Date();
  await utimes(old, now, now).catch(() => {});
  const remove = () => rm(old, { recursive: true, force: true });
  return { delete: remove, restore: () => rename(old, folder).catch(async (error) => removeIfTaken(error, remove)) };
}

async function removeIfTaken(error: unknown, remove: () => Promise<void>): Promise<void> {
  if (!isTaken(error)) throw error;
  await remove();
}

/** Whether a rename failed because there is something of that name. */
export function isTaken(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
}
