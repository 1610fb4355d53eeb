/**
 * Runs the programs that the setup needs (npm, pip, g++, tsc) and finds them on the PATH.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

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
 * Runs a program to its end. It never reads standard input, and it never writes to our standard output.
 *
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, showProgress?: boolean }} options `showProgress`: its standard output is shown on our standard error.
 * @returns {Promise<Outcome>}
 */
export function runProgram(program, parameters, { cwd, env, showProgress = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd, env, stdio: ['ignore', showProgress ? 2 : 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk;
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', reject);
    child.on('close', (exitCode) => {
      running.delete(child);
      resolve({ exitCode: exitCode ?? 1, output });
    });
  });
}

const exitCodes = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/**
 * From now on, a signal that ends this process ends the programs that it runs too: no download goes on without its setup.
 *
 * @returns {() => void} Gives the signals back to whoever comes next.
 */
export function endTogether() {
  const end = (/** @type {keyof typeof exitCodes} */ signal) => {
    for (const child of running) child.kill('SIGTERM');
    process.exit(exitCodes[signal]);
  };
  const signals = /** @type {(keyof typeof exitCodes)[]} */ (Object.keys(exitCodes));
  for (const signal of signals) process.on(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
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
