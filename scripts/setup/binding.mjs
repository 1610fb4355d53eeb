/**
 * Compiles tfjs-node's own C++ binding, from the sources in its npm package, and this project's ops into it, against
 * the libraries and headers of the wheel.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { causeIn, failureOf } from './failures.mjs';
import { kernelUnits } from './kernels.mjs';
import { findProgram, runProgram } from './program.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @import { CompiledUnit } from './kernels.mjs'
 * @import { Setting } from './setting.mjs'
 */

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
 * @param {string} options.folder Where it is put, as `name`.
 * @param {string} options.name
 */
export async function compileBinding({ compiler, setting, tensorflow, libraries, folder, name }) {
  const { env, root } = setting;
  const includes = [join(tensorflow, 'include'), join(root, 'node_modules', 'node-api-headers', 'include')];
  const objects = await mkdtemp(join(folder, 'objects-'));
  const run = async (/** @type {string[]} */ parameters) => {
    const { exitCode, output } = await runProgram(compiler, parameters, { cwd: objects, env });
    if (exitCode === 0) return;
    if (causeIn(output)?.name === 'room') throw failureOf(compiler, output, { folder });
    throw new SetupError(`${compiler} could not compile the binding of tfjs-node:\n${output.trimEnd()}`);
  };
  const units = [...(await bindingUnits(root)), ...kernelUnits(root, setting.platform)];
  await forEachAtOnce(units, ({ source, parameters, object }) =>
    run([
      '-std=c++17',
      '-fPIC',
      ...parameters,
      ...includes.flatMap((path) => ['-I', path]),
      '-c',
      source,
      '-o',
      object,
    ]),
  );
  const linked = ['-shared', '-pthread', ...units.map(({ object }) => object), '-o', join(folder, name)];
  await run([
    ...linked,
    ...['-L', tensorflow, ...libraries.map((library) => `-l:${library}`), '-Wl,-rpath,$ORIGIN/../../deps/lib'],
  ]);
  await rm(objects, { recursive: true });
}

/**
 * @param {string} root
 * @returns {Promise<CompiledUnit[]>}
 */
async function bindingUnits(root) {
  const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'binding');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.cc'));
  return sources.map((name) => ({
    source: join(folder, name),
    parameters: ['-O2', '-DNAPI_VERSION=8'],
    object: `${name}.o`,
  }));
}

/**
 * Works through the items, on as many at once as there are cores. After a failure no further one is begun, and all that
 * were begun have ended before it is thrown.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => Promise<void>} work
 */
async function forEachAtOnce(items, work) {
  const waiting = items.values();
  let hasFailed = false;
  const workThrough = async () => {
    for (const item of waiting) {
      if (hasFailed) return;
      await work(item).catch((error) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: availableParallelism() }, workThrough));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}
