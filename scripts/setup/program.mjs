/**
 * Runs the programs that the setup needs (npm, pip, g++, tsc) and finds them on the PATH.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endGroupWithUs, isEnding } from './ending.mjs';

/** The variable that tells whose program a process is. */
const markName = 'LOOKBACK_SETUP';
/** Of this set-up. */
export const setupMark = randomUUID();

/**
 * The first executable file of that name on the PATH of `env`.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findProgram(name, env) {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutableFile);
}

/** @param {string} path */
export function isExecutableFile(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * @typedef {object} Outcome
 * @property {number} exitCode 128 plus the signal's number is not told apart: any failure is non-zero.
 * @property {string} output Standard output and standard error, as they came; of what was shown, nothing.
 */

/**
 * Runs a program to its end, or to ours. It never reads standard input, and it never writes to our standard output.
 *
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, showProgress?: boolean }} options `showProgress`: its standard output
 *   is shown on our standard error.
 * @returns {Promise<Outcome>}
 */
export function runProgram(program, parameters, { cwd, env, showProgress = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd,
      env: { ...env, [markName]: setupMark },
      stdio: ['ignore', showProgress ? 2 : 'pipe', 'pipe'],
      // A process group of its own, so that it ends with all that it has started, and before our locks are free.
      detached: true,
    });
    const forget = child.pid === undefined ? () => {} : endGroupWithUs(child.pid);
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk;
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', reject);
    child.on('close', (exitCode) => {
      // It ended with this process: nothing is left to report to.
      if (isEnding()) return;
      forget();
      resolve({ exitCode: exitCode ?? 1, output });
    });
  });
}

/**
 * Ends the programs that a set-up has left running: one that was killed could not do it itself. They are known by the
 * mark in their environment, which only Linux shows.
 *
 * @param {string} mark The set-up's.
 */
export async function endProgramsOf(mark) {
  const entry = Buffer.from(`${markName}=${mark}\0`);
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  const left = pids.filter((pid) => environmentOf(pid)?.includes(entry)).map(Number);
  for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  const isRunning = (/** @type {number} */ pid) => environmentOf(String(pid))?.includes(entry);
  while (left.some(isRunning)) await delay(20);
}

/**
 * @param {string} pid
 * @returns {Buffer | undefined} undefined: it is gone, or another user's.
 */
function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {boolean}
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
