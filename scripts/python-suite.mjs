/**
 * Runs a suite of pytest's with packages from PyPI against a real service. Parameters are pytest's.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withService } from './service.mjs';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { pythonEnvironment } from './setup/python-environment.mjs';
import { readSetting } from './setup/setting.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {string} name Of its folder in test/, which has the packages that it needs in requirements.txt.
 * @param {(root: string) => Promise<NodeJS.ProcessEnv>} [settings] Variables that it needs besides.
 * @param {{ requirements: string, tests: string[] }} [part] Some of its files, with packages of their own.
 */
export async function runPythonSuite(
  name,
  settings = async () => ({}),
  part = { requirements: 'requirements.txt', tests: [] },
) {
  const suite = join(root, 'test', name);
  await runCommand(async () => {
    const { redisServer } = await prepare(readSetting({ root, env: process.env }));
    const requirements = join(suite, part.requirements);
    const version = createHash('sha256')
      .update(await readFile(requirements))
      .digest('hex')
      .slice(0, 12);
    const programs = await pythonEnvironment(root, `${name}-${version}`, ['--requirement', requirements]);
    if (programs === null) return;
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: join(root, 'test', 'support') };
    const more = await settings(root);
    process.exitCode = await withService(root, redisServer, async ({ address }) => {
      const pytest = spawn(
        join(programs, 'python'),
        ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...part.tests, ...process.argv.slice(2)],
        { cwd: suite, env: { ...env, ...more, LOOKBACK_URL: address }, stdio: 'inherit' },
      );
      const [code] = await once(pytest, 'exit');
      return code ?? 1;
    });
  });
}
