/**
 * Brings node_modules in line with package-lock.json, without running any package's install script.
 */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failureOf } from './failures.mjs';
import { findProgram, runProgram } from './program.mjs';
import { stage } from './progress.mjs';
import { SetupError } from './setup-error.mjs';
import { carryNativeHalf } from './tensorflow.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, bin?: Record<string, string> }} LockedPackage
 */

/**
 * Whether node_modules is what package-lock.json asks for: by the record that npm leaves there when it is done, and by
 * the packages themselves, for that record may stand beside a tree that is incomplete (`npm install
 * --package-lock-only` writes it too).
 *
 * A linked node_modules belongs to somebody else: it is taken as it is.
 *
 * @param {string} root
 */
export function hasDependencies(root) {
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(folder, '.package-lock.json'));
  return Object.entries(wanted).every(([path, locked]) => {
    if (path === '') return true;
    if (installed[path] === undefined) return locked.optional === true || locked.devOptional === true;
    return installed[path].version === locked.version && isThere(join(root, path), locked);
  });
}

/**
 * @param {string} folder Of a package.
 * @param {LockedPackage} locked
 */
function isThere(folder, { version, bin = {} }) {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return manifest.version === version && Object.values(bin).every((program) => existsSync(join(folder, program)));
  } catch {
    return false;
  }
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** Beside the builds, which git ignores too. */
const partialPrefix = '.partial-packages-';

/**
 * Installs in a folder of its own and then swaps the trees, so that node_modules is never half there, whatever ends npm
 * or goes on beneath it.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function installDependencies(root, env) {
  const npm = findProgram('npm', env);
  if (npm === undefined) {
    throw new SetupError(
      'npm is needed to install the packages, and there is none on the PATH: it comes with Node, see https://nodejs.org.',
    );
  }
  const beside = join(root, '.builds');
  await mkdir(beside, { recursive: true });
  await removePartials(beside);
  const partial = join(beside, `${partialPrefix}${process.pid}`);
  try {
    await mkdir(partial);
    for (const name of ['package.json', 'package-lock.json', '.npmrc'].filter((file) => existsSync(join(root, file)))) {
      await copyFile(join(root, name), join(partial, name));
    }
    const { exitCode, output } = await stage('installing the npm packages', () =>
      runProgram(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=warn'], { cwd: partial, env }),
    );
    if (exitCode !== 0) throw failureOf('npm ci', output, installingNeeds(root));
    const [tree, replacement] = [join(root, 'node_modules'), join(partial, 'node_modules')];
    // npm makes none where nothing is to be installed.
    await mkdir(replacement, { recursive: true });
    await carryNativeHalf(tree, replacement);
    if (existsSync(tree)) await rename(tree, join(partial, 'replaced'));
    await rename(replacement, tree);
  } finally {
    await removePartials(beside);
  }
}

/**
 * Removes what this set-up, or one that was killed, has installed aside; the lock of the clone guarantees that nobody else is at it.
 *
 * @param {string} folder
 */
async function removePartials(folder) {
  const names = (await readdir(folder)).filter((name) => name.startsWith(partialPrefix));
  // npm may still be writing for a moment after it was ended.
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
}

/** @param {string} root */
const installingNeeds = (root) => ({
  folder: root,
  network: 'npm reads its registry and its proxy from .npmrc and the environment (npm config list)',
});
