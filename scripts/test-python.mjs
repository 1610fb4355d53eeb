/**
 * Runs the suite of the Python client against a real service: `npm run test:python -- -k upload`. Parameters are
 * pytest's.
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
const client = join(root, 'clients', 'python');

await runCommand(async () => {
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  const project = await readFile(join(client, 'pyproject.toml'));
  const version = createHash('sha256').update(project).digest('hex').slice(0, 12);
  const programs = await pythonEnvironment(root, `python-client-${version}`, ['--editable', `${client}[test]`]);
  if (programs === null) return;
  process.exitCode = await withService(root, redisServer, async ({ address }) => {
    const suite = spawn(join(programs, 'python'), ['-m', 'pytest', '-q', ...process.argv.slice(2)], {
      cwd: client,
      env: { ...process.env, LOOKBACK_URL: address, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: 'inherit',
    });
    const [code] = await once(suite, 'exit');
    return code ?? 1;
  });
});
