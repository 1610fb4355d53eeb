/**
 * Has the libraries that models are exported for load them and predict: `npm run test:exports -- -k keras`. Parameters
 * are pytest's.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runPythonSuite } from './python-suite.mjs';
import { runProgram } from './setup/program.mjs';
import { say, stage } from './setup/progress.mjs';

/** Too large a package (all platforms in one) to be among those of a clone. Its install script, which fetches CUDA, is not run. */
const version = '1.30.0';

await runPythonSuite('exported-models', async (root) => ({
  KERAS_BACKEND: 'numpy',
  ONNXRUNTIME_NODE: await onnxRuntime(root),
}));

/**
 * @param {string} root The clone.
 * @returns {Promise<string | undefined>} A folder from which `onnxruntime-node` is found; undefined: it cannot be had
 *   here, and that has been said.
 */
async function onnxRuntime(root) {
  const folder = join(root, 'node_modules', '.cache', `onnxruntime-node-${version}`);
  if (existsSync(join(folder, 'installed'))) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{}');
  const parameters = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `onnxruntime-node@${version}`];
  const { exitCode, output } = await stage(`installing onnxruntime-node ${version}`, () =>
    runProgram('npm', parameters, { cwd: folder, env: process.env }),
  );
  if (exitCode !== 0) {
    say(`onnxruntime-node could not be installed, its tests are skipped: ${output.trim().split('\n').at(-1)}`);
    return undefined;
  }
  await writeFile(join(folder, 'installed'), '');
  return folder;
}
