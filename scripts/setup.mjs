/**
 * `npm run setup`: makes a fresh clone ready to run, and says in one sentence what is missing if it cannot. The other
 * npm scripts go through it by run.mjs.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { say } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';

const usage = 'Usage: npm run setup -- [--engines simd,tensorflow] [--without-redis] [--without-build]';

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      engines: { type: 'string' },
      'without-redis': { type: 'boolean', default: false },
      'without-build': { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const setting = readSetting({
    root: dirname(dirname(fileURLToPath(import.meta.url))),
    env: process.env,
    engines: values.engines,
    withRedis: !values['without-redis'],
    withBuild: !values['without-build'],
  });
  const { redisServer } = await prepare(setting);
  say(`ready${redisServer ? `, with ${redisServer}` : ''}`);
}, usage);
