/**
 * Runs a part of Lookback from a clone: makes sure of the setup, then becomes that program: `node scripts/run.mjs start`.
 *
 * The program is loaded into this process, so that signals and the exit code are its own and nothing stands between it and the terminal.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { readSetting } from './setup/setting.mjs';
import { SetupError } from './setup/setup-error.mjs';

/**
 * @typedef {object} Program
 * @property {string} entry
 * @property {readonly string[]} [parameters] Those that come before the user's.
 * @property {Readonly<Record<string, string>>} [env]
 * @property {string} [usage] Its arguments, for `--help`; empty: it takes none. Absent: it has a help of its own.
 * @property {boolean} [needsLittle] The packages are enough for it: no TensorFlow, no Redis, no build.
 */

const vitest = 'node_modules/vitest/vitest.mjs';

/** @type {Readonly<Record<string, Program>>} */
const programs = {
  start: { entry: 'dist/src/main/server.js', usage: '' },
  api: { entry: 'dist/src/main/server.js', env: { LOOKBACK_WORKERS: '0' }, usage: '' },
  worker: { entry: 'dist/workers/main.js', usage: '' },
  demo: { entry: 'dist/src/demo/main.js', usage: '[--json] [--seed N]' },
  bench: {
    entry: 'dist/bench/main.js',
    usage:
      '[--json] [--size B,T,H,L]... [--rounds N] [--round-ms N] [--threads N] [--without-stock] [--python PROGRAM]',
  },
  'bench:job': { entry: 'dist/bench/job/job.js', usage: '[--json] [--jobs N] [--queue N]' },
  'bench:choose': { entry: 'dist/bench/choice/fit-choice.js', usage: '[--json] [--rounds N] [--threads N]' },
  'bench:doctor': {
    entry: 'dist/bench/doctor.js',
    usage: '[--json] [--quick] [--seed N] [--real --python PROGRAM [--data NAME,…] [--models FILE | --without-models]]',
  },
  'bench:scale': { entry: 'dist/bench/scale/scale.js', usage: '[--json] [--jobs N] [--workers N]' },
  chaos: { entry: 'dist/chaos/main.js', usage: '[--jobs N] [--minutes N] [--seed N] [--store folder|s3]' },
  backup: { entry: 'dist/src/backup/main.js', parameters: ['backup'], usage: 'FOLDER' },
  restore: { entry: 'dist/src/backup/main.js', parameters: ['restore'], usage: 'FOLDER' },
  'bench:dashboard': { entry: 'dist/bench/dashboard.js', usage: '[--json] [--jobs N] [--seconds N]' },
  'bench:serve': {
    entry: 'dist/bench/serve/serve.js',
    usage: '[--json] [--rounds N] [--seconds N] [--connections N] [--profile FOLDER]',
  },
  'bench:sse': { entry: 'dist/bench/sse.js', usage: '[--json] [--subscribers N]' },
  test: { entry: vitest, parameters: ['run'] },
  'test:containers': {
    entry: vitest,
    parameters: ['run', '--config', 'test/containers/vitest.config.ts'],
    needsLittle: true,
  },
  'test:s3': {
    entry: vitest,
    parameters: ['run', 'test/workers', 'test/storage', 'test/backup'],
    env: { TEST_STORE: 's3' },
  },
  // These start no process: as many at once as there are cores.
  'test:fast': { entry: vitest, parameters: ['run', '--project', 'fast', '--maxWorkers', '100%'], needsLittle: true },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name = '', ...parameters] = process.argv.slice(2);
const program = programs[name];
const usage = program?.usage === undefined ? undefined : usageOf(program.usage);

await runCommand(async () => {
  if (program === undefined) throw new SetupError(`run.mjs takes one of ${Object.keys(programs).join(', ')}.`);
  if (usage !== undefined && ['--help', '-h'].includes(parameters[0])) return void process.stdout.write(`${usage}\n`);
  if (program.usage === '' && parameters.length > 0) {
    throw new SetupError(
      `npm ${name === 'start' ? name : `run ${name}`} takes no arguments, but ${JSON.stringify(parameters[0])} was given. ${usage}`,
    );
  }
  const little = { engines: 'simd', withRedis: false, withBuild: false };
  const setting = readSetting({ root, env: process.env, ...(program.needsLittle ? little : {}) });
  const { redisServer } = await prepare(setting);
  if (redisServer !== undefined) process.env.LOOKBACK_REDIS_SERVER = redisServer;
  await become(program);
}, usage);

/** @param {string} list Of the program's arguments. */
function usageOf(list) {
  if (list !== '') return `Usage: npm run ${name} -- ${list}`;
  return `Usage: ${name === 'start' ? 'npm start' : `npm run ${name}`}; settings are variables of the environment, as in PORT=8080 npm start: see docs/operations.md.`;
}

/** @param {Program} program */
async function become(program) {
  const entry = join(root, program.entry);
  if (!existsSync(entry)) throw new SetupError(`There is no ${program.entry}.`);
  Object.assign(process.env, program.env);
  if (program.entry.startsWith('dist/')) showSources();
  process.argv = [process.argv[0], entry, ...(program.parameters ?? []), ...parameters];
  await import(pathToFileURL(entry).href);
}

/**
 * Errors name lines of the sources, here and, by the flag that a fork takes over, in the processes that this one
 * starts; runs aside (workers/run/children.ts).
 */
function showSources() {
  process.setSourceMapsEnabled(true);
  process.execArgv.push('--enable-source-maps');
}
