/**
 * Lets one setup at a time change a clone or fill the cache: a lock file that its holder keeps fresh, so that one left by a crash is recognised.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './program.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const refreshEveryMs = 2_000;
const staleAfterMs = 30_000;
const lookAgainAfterMs = 250;

/**
 * Does the work while holding the lock of that name; waits for another process that holds it.
 *
 * @template T
 * @param {string} cacheFolder
 * @param {string} subject What is locked: any text, as the path of a clone.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(cacheFolder, subject, work) {
  const folder = join(cacheFolder, 'locks');
  const file = join(folder, `${createHash('sha256').update(subject).digest('hex').slice(0, 16)}.lock`);
  try {
    await mkdir(folder, { recursive: true });
    await acquire(file);
  } catch (cause) {
    throw new SetupError(`The cache folder ${cacheFolder} cannot be written: set XDG_CACHE_HOME to one that can.`, {
      cause,
    });
  }
  const refresher = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), refreshEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(refresher);
    await rm(file, { force: true });
  }
}

/** @param {string} file */
async function acquire(file) {
  for (let waited = false; ; waited = true) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(`${process.pid} ${hostname()}`);
      await handle.close();
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (await isAbandoned(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (!waited) say('another setup is at work here: waiting for it');
    await delay(lookAgainAfterMs);
  }
}

/** @param {string} file */
async function isAbandoned(file) {
  try {
    const [pid, host] = (await readFile(file, 'utf8')).split(' ');
    const ageMs = Date.now() - (await stat(file)).mtimeMs;
    return ageMs > staleAfterMs || (host === hostname() && !isAlive(Number(pid)));
  } catch {
    return false;
  }
}
