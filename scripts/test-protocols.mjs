/**
 * Runs the suite of the protocols with the clients that others have made for them, against a real service:
 * `npm run test:protocols -- -k sequence`. Parameters are pytest's.
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
const suite = join(root, 'test', 'protocol-clients');

await runCommand(async () => {
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  const requirements = join(suite, 'requirements.txt');
  const version = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const packages = ['--requirement', requirements];
  const programs = await pythonEnvironment(root, `protocol-clients-${version}`, packages);
  if (programs === null) return;
  process.exitCode = await withService(root, redisServer, async ({ address }) => {
    const pytest = spawn(
      join(programs, 'python'),
      ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...process.argv.slice(2)],
      {
        cwd: suite,
        env: { ...process.env, LOOKBACK_URL: address, PYTHONDONTWRITEBYTECODE: '1' },
        stdio: 'inherit',
      },
    );
    const [code] = await once(pytest, 'exit');
    return code ?? 1;
  });
});
