/**
 * What the set-up says when the machine stands in its way (no room, no right, no network): one line that names the
 * remedy, whether a program of ours met it or we did.
 */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SetupError } from './setup-error.mjs';

const causes = [
  { name: 'room', codes: ['ENOSPC', 'EDQUOT'], words: ['No space left on device', 'Disk quota exceeded'] },
  { name: 'right', codes: ['EACCES', 'EPERM', 'EROFS'], words: ['Permission denied', 'Read-only file system'] },
  {
    name: 'network',
    codes: ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH'],
    words: ['ERR_SOCKET_TIMEOUT', 'Temporary failure in name resolution'],
  },
];

/**
 * What to say of a program that failed: one line where its output names a cause that we know, otherwise all of the output.
 *
 * @param {string} program As in "npm ci".
 * @param {string} output
 * @param {{ folder: string, network?: string }} context `folder`: where it writes; `network`: where it is told how to reach the network.
 * @returns {SetupError}
 */
export function failureOf(program, output, { folder, network }) {
  const found = causeIn(output);
  switch (found?.name) {
    case 'room':
      return noRoom(folder, `${program} failed: ${found.word}`);
    case 'right':
      return noRight(folder, `${program} failed: ${found.word}`);
    case 'network':
      if (network === undefined) break;
      return new SetupError(
        `${program} could not reach the network (${found.word}): connect this machine, or name the proxy or the mirror that it has to use; ${network}.`,
      );
  }
  return new SetupError(`${program} failed, see what it says:\n${output.trimEnd()}`);
}

/**
 * The cause that a program's output names, as far as we know it.
 *
 * @param {string} output
 */
export function causeIn(output) {
  for (const { name, codes, words } of causes) {
    const word = [...codes, ...words].find((text) => output.includes(text));
    if (word !== undefined) return { name, word };
  }
  return undefined;
}

/**
 * Does a part of the set-up; where the machine stands in its way, the error is one that names the remedy.
 *
 * @template T
 * @param {string} root The clone.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function explainFailures(root, work) {
  try {
    return await work();
  } catch (error) {
    const { code = '', path, dest } = /** @type {NodeJS.ErrnoException & { dest?: string }} */ (error);
    // Of a link or a rename it is where it leads that is in the way.
    const place = dest ?? path ?? root;
    const cause = error instanceof SetupError ? undefined : causes.find(({ codes }) => codes.includes(code));
    if (cause?.name === 'room') throw noRoom(place, code, error);
    if (cause?.name === 'right') throw noRight(place, code, error);
    throw error;
  }
}

/**
 * @param {string} path
 * @param {string} reason
 * @param {unknown} [cause]
 */
function noRoom(path, reason, cause) {
  const remedy = `make room and run this again${isInCache(path) ? ', or set XDG_CACHE_HOME to another disk' : ''}`;
  return new SetupError(`The disk of ${path} is full (${reason}): ${remedy}.`, { cause });
}

/**
 * @param {string} path
 * @param {string} reason
 * @param {unknown} [cause]
 */
function noRight(path, reason, cause) {
  const remedy = isInCache(path)
    ? 'set XDG_CACHE_HOME to a folder of your own'
    : 'run this as its owner, make the clone your own (chown -R), or use another clone';
  return new SetupError(`${path} cannot be written by ${userName()} (${reason})${ownerOf(path)}: ${remedy}.`, {
    cause,
  });
}

/** @param {string} path */
function isInCache(path) {
  const cacheHome = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache');
  return path.startsWith(join(resolve(cacheHome), 'lookback'));
}

const userName = () => (process.getuid?.() === 0 ? 'root' : `user ${process.getuid?.()}`);

/**
 * Of the path, or of the folder in which it was to be made.
 *
 * @param {string} path
 * @returns {string}
 */
function ownerOf(path) {
  const state = statSync(path, { throwIfNoEntry: false });
  if (state === undefined) return dirname(path) === path ? '' : ownerOf(dirname(path));
  return `; ${path} belongs to ${state.uid === 0 ? 'root' : `user ${state.uid}`}`;
}
