/**
 * Fills one folder of the cache: in a temporary folder beside it that is renamed when it is complete, so that a crash leaves nothing half done in place.
 */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
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
  if (await isComplete(target)) return;
  await withLock(cacheFolder, target, async () => {
    if (await isComplete(target)) return;
    await mkdir(dirname(target), { recursive: true });
    await removeLeftovers(target);
    const temporary = await mkdtemp(`${target}.partial-`);
    try {
      await fill(temporary);
      await writeRecord(temporary, isWatched);
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
