/**
 * `npm run check`: types and style of all sources; `npm run fix`, which is `check.mjs --write`, mends the style.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { readSetting } from './setup/setting.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = ['typescript/bin/tsc', '-p'];
const types = [
  [...compiler, 'tsconfig.check.json'],
  [...compiler, 'src/dashboard/tsconfig.json'],
];
const style = ['@biomejs/biome/bin/biome', 'check'];
const commands = process.argv.includes('--write') ? [[...style, '--write']] : [...types, style];

await runCommand(async () => {
  await prepare(readSetting({ root, env: process.env, engines: 'simd', withRedis: false, withBuild: false }));
  for (const [program, ...parameters] of commands) {
    const command = [join(root, 'node_modules', program), ...parameters];
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exitCode = status ?? 1;
  }
});
