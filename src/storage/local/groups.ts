/**
 * Groups as folders: the file operations that make one appear, disappear or be marked damaged in one step.
 *
 * `<name>` is a group, `<name>.bad` a damaged one, `<name>.served` its mark of use; what ends in `.tmp` or `.old` is on
 * its way in or out, in `.leaving` out unless somebody wants it (`withdrawal.ts`); `attempt-<n>` is the fence
 * (`fence.ts`).
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { aside, emptyIfMissing, syncFolder, writeSynced } from '../../platform/files/disk.ts';
import type { GroupNames } from '../blob-store.ts';
import { isAttemptFolder } from './fence.ts';
import { isTaken } from './withdrawal.ts';

const groupPattern = /^[A-Za-z0-9_-]+$/;
const damagedPattern = /^([A-Za-z0-9_-]+)\.bad$/;
const leftoverPattern = /\.(tmp|old|leaving)$/;

export async function groupsIn(folder: string): Promise<GroupNames> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(emptyIfMissing);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return {
    whole: names.filter((name) => groupPattern.test(name) && !isAttemptFolder(name)),
    damaged: names.flatMap((name) => damagedPattern.exec(name)?.[1] ?? []),
  };
}

/** Names of what crashes left behind while something was written or removed: directly in a folder, and in those of its attempts. */
export async function leftoversIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(emptyIfMissing);
  const found = names.filter((name) => leftoverPattern.test(name));
  for (const attempt of names.filter(isAttemptFolder)) {
    const inside = await readdir(path.join(folder, attempt)).catch(emptyIfMissing);
    found.push(...inside.map((name) => `${attempt}/${name}`));
  }
  return found;
}

/** The folder's name as a damaged group. */
export function damagedName(folder: string): string {
  return `${folder}.bad`;
}

/**
 * Writes files into a temporary folder in `staging`, syncs them and renames it to `folder`: that appears whole or not
 * at all. A folder that is already there is replaced.
 * @param staging on the same disk; when somebody removes it meanwhile nothing is published, and the error is ENOENT.
 */
export async function publish(folder: string, files: Record<string, Uint8Array>, staging: string): Promise<void> {
  const temporary = aside(path.join(staging, path.basename(folder)), 'tmp');
  try {
    await mkdir(temporary);
    await writeAll(temporary, files);
    await syncFolder(temporary);
    await replaceFolder(temporary, folder, staging);
    await syncFolder(path.dirname(folder));
  } catch (error) {
    // The first failure is the one to tell; a disk that cannot be written may refuse this as well.
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

/** All at once, for which the disk needs hardly longer than for one. Ends when the last is written, even if one fails. */
async function writeAll(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  const writing = Object.entries(files).map(([name, bytes]) => writeSynced(path.join(folder, name), bytes));
  const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected');
  if (failed) await Promise.reject((failed as PromiseRejectedResult).reason);
}

async function replaceFolder(from: string, to: string, staging: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isTaken(error)) throw error;
    await discard(to, staging);
    await rename(from, to);
  }
}

/**
 * Removes a folder so that nobody sees half of it; who has its files open reads on. One that is not there is no error.
 * @param staging where it is moved to first; when that is gone, the error is ENOENT, and the folder stays.
 * @param isWanted asked when it has been moved: if it is wanted all the same, it goes back.
 */
export async function discard(
  folder: string,
  staging = path.dirname(folder),
  isWanted?: () => Promise<boolean>,
): Promise<void> {
  const old = aside(path.join(staging, path.basename(folder)), isWanted ? 'leaving' : 'old');
  try {
    await rename(folder, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await stat(staging);
    return;
  }
  if (await isWanted?.()) {
    await rename(old, folder);
    return;
  }
  await rm(old, { recursive: true, force: true });
}

/**
 * Takes a folder out of use, and leaves it to be looked at. It is verified once more under its new name, because it may
 * have been replaced by a whole one since: that one goes back. A disk that cannot be written leaves it where it is.
 */
export async function markFolderDamaged(folder: string, verify: () => Promise<unknown>): Promise<void> {
  const damaged = damagedName(folder);
  const suspect = aside(folder, 'old');
  try {
    // First, so that one that was marked before is not lost to one that is no longer there.
    await rename(folder, suspect);
    await discard(damaged);
    await rename(suspect, damaged);
    await verify();
    await rename(damaged, folder);
  } catch {
    // Either it is as damaged as it was, or it cannot be renamed.
  }
}
