/**
 * Runs the S3 server of the tests, which PyPI has: `node scripts/s3-server.mjs PORT`. It says `ready`, and ends when its
 * standard input does.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCacheEntry } from './setup/cache-entry.mjs';
import { runCommand } from './setup/command.mjs';
import { explainFailures } from './setup/failures.mjs';
import { sha256OfFile } from './setup/file-record.mjs';
import { stage } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { findPython, runPip } from './setup/wheel.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requirements = join(root, 'scripts', 'setup', 'wheels', 's3-server.txt');
const need = { purpose: 'to run the S3 server of the tests', alternative: 'leave those tests to CI' };

await runCommand(async () => {
  const { env, cacheFolder } = readSetting({ root, env: process.env });
  const packages = await explainFailures(root, () => install(cacheFolder, env));
  const server = spawn(findPython(env, need), [join(root, 'scripts', 's3-server.py'), ...process.argv.slice(2)], {
    env: { ...env, PYTHONPATH: packages },
    stdio: 'inherit',
  });
  [process.exitCode] = await once(server, 'exit');
});

/**
 * @param {string} cacheFolder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} A folder for PYTHONPATH.
 */
async function install(cacheFolder, env) {
  const target = join(cacheFolder, 's3-server', (await sha256OfFile(requirements)).slice(0, 16));
  const parameters = (/** @type {string} */ folder) => [
    'install',
    '--quiet',
    '--no-compile',
    '--require-hashes',
    '--target',
    folder,
    '--requirement',
    requirements,
  ];
  await ensureCacheEntry(
    cacheFolder,
    target,
    async (folder) => {
      const { exitCode, output } = await stage('installing the S3 server of the tests (moto)', () =>
        runPip(parameters(folder), { cwd: root, env, need }),
      );
      if (exitCode !== 0) throw new SetupError(`pip could not install the S3 server:\n${output.trimEnd()}`);
    },
    // Python writes into these folders later.
    () => false,
  );
  return target;
}
