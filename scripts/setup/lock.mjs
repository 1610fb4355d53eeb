/**
 * Lets one setup at a time change a clone or fill the cache: a lock file that its holder keeps fresh, so that one left
 * by a crash is recognised.
 *
 * The file appears and changes hands in one step each (link, rename), whole with the name of its holder: of several
 * that find it abandoned one gets it, and nobody removes another's.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeAtEnd } from './ending.mjs';
import { endProgramsOf, isAlive, setupMark } from './program.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const refreshEveryMs = 2_000;
const staleAfterMs = 30_000;
/** How long a waiter has to have seen no refresh itself: a machine that wakes up finds every lock old. */
const watchedMs = 5_000;
const lookAgainAfterMs = 250;

let acquired = 0;

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
  const file = join(folder, `${digest(subject)}.lock`);
  const holder = `${process.pid} ${hostname()} ${setupMark} ${++acquired}`;
  try {
    await mkdir(folder, { recursive: true });
    await acquire(file, holder);
  } catch (cause) {
    throw unusableCache(cacheFolder, /** @type {NodeJS.ErrnoException} */ (cause));
  }
  const free = () => {
    if (textOf(file) === holder) rmSync(file, { force: true });
  };
  const forget = freeAtEnd(free);
  const refresher = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), refreshEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(refresher);
    free();
    forget();
  }
}

/**
 * @param {string} cacheFolder
 * @param {NodeJS.ErrnoException} cause
 */
function unusableCache(cacheFolder, cause) {
  const reason =
    cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'its disk is full' : (cause.code ?? cause.message);
  const message = `The cache folder ${cacheFolder} cannot be written (${reason}): set XDG_CACHE_HOME to one that can.`;
  return new SetupError(message, { cause });
}

/**
 * @param {string} file
 * @param {string} holder The text that says whose it is.
 */
async function acquire(file, holder) {
  const own = `${file}.${digest(holder)}`;
  await writeFile(own, holder);
  try {
    let seen = { state: '', since: 0 };
    for (let waited = false; ; waited = true) {
      if (await isLinked(own, file)) return;
      const current = await read(file);
      // A claim of ours that another waiter has carried out.
      if (current?.text === holder) return;
      if (current === undefined) continue;
      const state = `${current.text} ${current.mtimeMs}`;
      if (state !== seen.state) seen = { state, since: performance.now() };
      if (isAbandoned(current, performance.now() - seen.since)) {
        if (await takeOver(file, current.text, own, holder)) return;
        continue;
      }
      if (!waited) say('another setup is at work here: waiting for it');
      await delay(lookAgainAfterMs);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Gives the lock of a holder that is gone to us, unless another waiter was faster: only one link of that name can be
 * made, and while it is there nobody else changes the lock.
 *
 * @param {string} file
 * @param {string} gone
 * @param {string} own
 * @param {string} holder
 */
async function takeOver(file, gone, own, holder) {
  const claim = `${file}.${digest(gone)}.claim`;
  if (!(await isLinked(own, claim))) {
    const other = await read(claim);
    if (other && Date.now() - other.mtimeMs > staleAfterMs) await rm(claim, { force: true });
    await delay(lookAgainAfterMs);
    return false;
  }
  if ((await read(file))?.text !== gone) {
    await rm(claim, { force: true });
    return false;
  }
  const mark = gone.split(' ')[2];
  if (mark) await endProgramsOf(mark);
  await rename(claim, file);
  return (await read(file))?.text === holder;
}

/**
 * @param {{ text: string, mtimeMs: number }} lock
 * @param {number} unchangedMs
 */
function isAbandoned({ text, mtimeMs }, unchangedMs) {
  const [pid, host] = text.split(' ');
  if (host === hostname() && !isAlive(Number(pid))) return true;
  return Date.now() - mtimeMs > staleAfterMs && unchangedMs > watchedMs;
}

/**
 * @param {string} from
 * @param {string} to
 * @returns {Promise<boolean>} false: there is one already.
 */
async function isLinked(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
async function read(file) {
  try {
    return { text: await readFile(file, 'utf8'), mtimeMs: (await stat(file)).mtimeMs };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
