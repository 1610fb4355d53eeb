/**
 * Brings node_modules in line with package-lock.json, without running any package's install script.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, runProgram } from './program.mjs';
import { stage } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, dev?: boolean, devOptional?: boolean }} LockedPackage
 */

/**
 * Whether node_modules is what package-lock.json asks for, by the record that npm itself leaves there when it is done.
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
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    if (installed[path] === undefined) return optional === true || devOptional === true;
    return installed[path].version === version;
  });
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

/**
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
  const { exitCode, output } = await stage('installing the npm packages', () =>
    runProgram(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=warn'], { cwd: root, env }),
  );
  if (exitCode !== 0) throw new SetupError(`npm ci failed, see what it says:\n${output.trimEnd()}`);
}
