/**
 * The fence of a folder: `attempt-<n>/`, in which attempt n prepares what it publishes. The next attempt removes it with all that it holds.
 *
 * To publish is to rename something out of that folder, and to remove is to rename something into it. So the attempt is
 * checked and the change made in one step of the file system, on network folders too: a run that was taken over, but is
 * still alive, no longer finds its folder.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { FencedError } from '../../platform/errors.ts';
import { aside, emptyIfMissing, ensureFolder, syncFolder } from '../../platform/files/disk.ts';
import { readRegular } from '../../platform/files/regular-file.ts';
import { putAllBack } from './withdrawal.ts';

const attemptPattern = /^attempt-(\d+)$/;
/** Folders of version 1 without a version have the number of the newest attempt in this file. */
const formerFile = 'attempt';

/** Where an attempt prepares what it publishes. It is there from the attempt's beginning until that of the next. */
function attemptFolder(folder: string, attempt: number): string {
  return path.join(folder, `attempt-${attempt}`);
}

/** The folders of attempts among the names in a folder. */
export function isAttemptFolder(name: string): boolean {
  return attemptPattern.test(name);
}

/**
 * Makes `attempt` the one that may write. When this returns, no older one can publish or discard anything any more.
 * @throws FencedError when a newer one has begun.
 */
export async function raiseFence(folder: string, attempt: number): Promise<void> {
  const own = attemptFolder(folder, attempt);
  // It is made before the others are looked for: of two attempts that begin at once, either the older one sees the
  // newer, or the newer one sees and removes the older.
  await ensureFolder(own);
  const attempts = await attemptsIn(folder);
  const newest = Math.max(...attempts, await formerAttempt(folder));
  if (newest > attempt) {
    await rm(own, { recursive: true, force: true });
    throw new FencedError(attempt, newest);
  }
  await syncFolder(folder);
  for (const older of attempts.filter((n) => n < attempt)) await removeAttempt(attemptFolder(folder, older));
}

/**
 * Changes a folder by renaming to or from where the attempt prepares its changes; absent: nobody else writes there.
 * @throws FencedError when that is gone.
 */
export async function withinFence(
  folder: string,
  attempt: number | undefined,
  change: (staging: string) => Promise<void>,
): Promise<void> {
  if (attempt === undefined) {
    await ensureFolder(folder);
    await change(folder);
  } else {
    await change(attemptFolder(folder, attempt)).catch((error) => fencedIfGone(folder, attempt, error));
  }
}

/** For what failed under an attempt: if that is because its folder is gone, the error is a FencedError. */
async function fencedIfGone(folder: string, attempt: number, error: unknown): Promise<never> {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ESTALE') throw error;
  const attempts = await attemptsIn(folder);
  if (attempts.includes(attempt)) throw error;
  throw new FencedError(attempt, Math.max(0, ...attempts));
}

/**
 * Renamed first, so that its owner can add nothing while it is emptied. What was leaving goes back: before, so that none
 * is lost where this process dies, and afterwards that which the owner has added meanwhile.
 */
async function removeAttempt(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  await putAllBack(folder, parent);
  const old = aside(folder, 'old');
  await rename(folder, old).catch(emptyIfMissing);
  await putAllBack(old, parent);
  await rm(old, { recursive: true, force: true, maxRetries: 10 });
}

async function attemptsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(emptyIfMissing);
  return names.flatMap((name) => attemptPattern.exec(name)?.[1] ?? []).map(Number);
}

async function formerAttempt(folder: string): Promise<number> {
  return Number((await readRegular(path.join(folder, formerFile)))?.toString() ?? 0);
}
