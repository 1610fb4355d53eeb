/**
 * Fills one folder of the cache: in a temporary folder beside it that is renamed when it is complete, so that a crash
 * leaves nothing half done in place.
 */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isComplete, writeRecord } from './file-record.mjs';
import { withLock } from './lock.mjs';

/**
 * Makes sure that the entry is there and undamaged.
 *
 * @param {string} cacheFolder
 * @param {string} target The entry's folder.
 * @param {(folder: string) => Promise<void>} fill Writes the entry's files into an empty folder.
 * @param {(name: string) => boolean} [isWatched] Which of the files have to stay as they are; all, if not told.
 */
export async function ensureCacheEntry(cacheFolder, target, fill, isWatched = () => true) {
  if (await isComplete(target)) return letOthersRead(target);
  await withLock(cacheFolder, target, async () => {
    if (await isComplete(target)) return;
    await mkdir(dirname(target), { recursive: true });
    await removeLeftovers(target);
    const temporary = await mkdtemp(`${target}.partial-`);
    try {
      await fill(temporary);
      await writeRecord(temporary, isWatched);
      await letOthersRead(temporary);
      await rm(target, { recursive: true, force: true });
      await rename(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}

/**
 * Removes what an interrupted setup left beside the entry; the lock guarantees that nobody is writing it.
 *
 * @param {string} target
 */
async function removeLeftovers(target) {
  const leftovers = (await readdir(dirname(target))).filter((name) => name.startsWith(`${basename(target)}.partial-`));
  for (const name of leftovers) await rm(join(dirname(target), name), { recursive: true, force: true });
}

/**
 * Gives every user what npm gives them in node_modules, which links here: mkdtemp makes folders for one user alone, and
 * what root sets up in an image another user runs.
 *
 * @param {string} folder
 */
async function letOthersRead(folder) {
  // The folder itself is last: by its mode a later call sees that all is done.
  if (((await stat(folder)).mode & 0o777) === 0o755) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
  await chmod(folder, 0o755);
}
