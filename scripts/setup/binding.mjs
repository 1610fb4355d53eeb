/**
 * Compiles tfjs-node's own C++ binding, from the sources in its npm package, against the libraries and headers of the wheel.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runProgram } from './program.mjs';
import { SetupError } from './setup-error.mjs';

/** @import { Setting } from './setting.mjs' */

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} alternative What the user can do instead.
 * @returns {string}
 */
export function findCompiler(env, alternative) {
  const compiler = findProgram('g++', env) ?? findProgram('c++', env);
  if (compiler === undefined) {
    throw new SetupError(
      `A C++ compiler is needed to link TensorFlow into tfjs-node, and there is no g++ on the PATH: install it (Debian, Ubuntu: apt-get install g++), or ${alternative}.`,
    );
  }
  return compiler;
}

/**
 * @param {object} options
 * @param {string} options.compiler
 * @param {Setting} options.setting
 * @param {string} options.tensorflow The folder with the libraries and `include`.
 * @param {readonly string[]} options.libraries Their file names.
 * @param {string} options.output
 */
export async function compileBinding({ compiler, setting: { env, root }, tensorflow, libraries, output }) {
  const packageFolder = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
  const sources = (await readdir(join(packageFolder, 'binding'))).filter((name) => name.endsWith('.cc'));
  const parameters = ['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8'];
  parameters.push('-I', join(tensorflow, 'include'), '-I', join(root, 'node_modules', 'node-api-headers', 'include'));
  parameters.push(...sources.map((name) => join(packageFolder, 'binding', name)), '-o', output);
  parameters.push('-L', tensorflow, ...libraries.map((name) => `-l:${name}`), '-Wl,-rpath,$ORIGIN/../../deps/lib');
  const { exitCode, output: messages } = await runProgram(compiler, parameters, { cwd: root, env });
  if (exitCode !== 0) {
    throw new SetupError(`${compiler} could not compile the binding of tfjs-node:\n${messages.trimEnd()}`);
  }
}
