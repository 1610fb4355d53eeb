/**
 * How a group goes: out of sight first, which a disk that cannot be written refuses, and for good when its caller says so.
 */
import { readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { aside, emptyIfMissing } from '../../platform/files/disk.ts';
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

/** Out of sight until it is known that nobody wants it: whoever finds it later puts it back, since its remover has died. */
const leavingPattern = /^([A-Za-z0-9_-]+)\.[0-9a-f]+\.leaving$/;

export function isLeaving(name: string): boolean {
  return leavingPattern.test(name);
}

/** Puts back what was leaving from `staging`, unless another has its place. */
export async function putAllBack(staging: string, folder: string): Promise<void> {
  const names = (await readdir(staging).catch(emptyIfMissing)).filter(isLeaving);
  for (const name of names) await putBack(path.join(staging, name), folder);
}

export async function putBack(leaving: string, folder: string): Promise<void> {
  const [, name] = leavingPattern.exec(path.basename(leaving))!;
  const remove = () => rm(leaving, { recursive: true, force: true });
  // Its remover may be alive, and have put it back itself.
  await rename(leaving, path.join(folder, name)).catch((error) =>
    error.code === 'ENOENT' ? undefined : removeIfTaken(error, remove),
  );
}

/** Whether a rename failed because there is something of that name. */
export function isTaken(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
}
