/**
 * Holds a real service to its own OpenAPI document with schemathesis, which makes up requests: `npm run test:fuzz --
 * --max-examples 100`. It has no part in `.ci/run`.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { runProgram } from './setup/program.mjs';
import { say, stage } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';

const version = '4.32.5';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const environment = join(root, 'node_modules', '.cache', `schemathesis-${version}`);
const program = join(environment, 'bin', 'schemathesis');

/** Chosen so that a run takes some minutes; parameters of the command come after them and replace them. */
const defaults = ['--max-examples', '30', '--seed', '1', '--phases', 'examples,coverage,fuzzing', '--no-shrink'];

await runCommand(async () => {
  if (!existsSync(program) && !(await install())) return;
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  const data = await mkdtemp(join(tmpdir(), 'lookback-fuzz-'));
  const service = fork(join(root, 'dist/src/main/server.js'), {
    env: {
      ...process.env,
      ...(redisServer === undefined ? {} : { LOOKBACK_REDIS_SERVER: redisServer }),
      PORT: '0',
      LOOKBACK_DATA: data,
      LOOKBACK_WORKERS: '1',
      LOG_LEVEL: 'error',
    },
  });
  const exited = once(service, 'exit');
  try {
    const [{ address }] = await Promise.race([once(service, 'message'), exited.then(() => [{}])]);
    if (address === undefined) throw new Error('The service did not start.');
    process.exitCode = await fuzz(address, data, await stage('training a job to ask about', () => seed(address)));
  } finally {
    service.kill('SIGTERM');
    await exited;
    await rm(data, { recursive: true, force: true });
  }
});

/** @returns {Promise<boolean>} False: it cannot be had here, and that has been said. */
async function install() {
  const settings = { cwd: root, env: process.env };
  try {
    await stage(`installing schemathesis ${version}`, async () => {
      await mustSucceed('python3', ['-m', 'venv', environment], settings);
      await mustSucceed(join(environment, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${version}`], settings);
    });
    return true;
  } catch (error) {
    await rm(environment, { recursive: true, force: true });
    const reason = error instanceof Error ? error.message : String(error);
    say(`skipped: schemathesis could not be installed: ${reason}`);
    say('It needs Python 3 with venv and pip, and a package index.');
    return false;
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} parameters
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} settings
 */
async function mustSucceed(name, parameters, settings) {
  const { exitCode, output } = await runProgram(name, parameters, settings);
  if (exitCode !== 0) throw new Error(output.trim().split('\n').at(-1));
}

/** @typedef {{ jobs: string[], datasets: string[] }} Ids */

/**
 * Makes what requests can find: a job that has succeeded, one that was cancelled, and a dataset.
 *
 * @param {string} address
 * @returns {Promise<Ids>}
 */
async function seed(address) {
  const training = { steps: 20, reportEvery: 5, checkpointEvery: 5 };
  const trained = await send(`${address}/v1/jobs`, 'application/json', JSON.stringify({ name: 'trained', training }));
  const cancelled = await send(`${address}/v1/jobs`, 'application/json', JSON.stringify({ name: 'cancelled' }));
  const lines = Array.from({ length: 20 }, (_, i) => JSON.stringify({ x: [0, 1, i], y: [0, 1, null] }));
  const dataset = await send(`${address}/v1/datasets`, 'application/x-ndjson', lines.join('\n'));
  await send(`${address}/v1/jobs/${cancelled.id}/cancel`);
  // The stream ends with the job.
  await (await fetch(`${address}/v1/jobs/${trained.id}/events`)).text();
  return { jobs: [trained.id, cancelled.id], datasets: [dataset.id] };
}

/**
 * @param {string} url
 * @param {string} [type]
 * @param {string} [body]
 * @returns {Promise<{ id: string }>}
 */
async function send(url, type, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: type === undefined ? {} : { 'content-type': type },
    body,
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return /** @type {Promise<{ id: string }>} */ (answer.json());
}

/**
 * What removes comes last, since all else asks about what is there. Event streams are left out: one of a job that waits
 * for a worker does not end.
 *
 * @param {string} address
 * @param {string} folder
 * @param {Ids} ids
 * @returns {Promise<number>} The exit code.
 */
async function fuzz(address, folder, ids) {
  const kept = await schemathesis(address, folder, ids, ['--exclude-method', 'DELETE']);
  return (await schemathesis(address, folder, ids, ['--include-method', 'DELETE'])) || kept;
}

/**
 * @param {string} address
 * @param {string} folder
 * @param {Ids} ids
 * @param {readonly string[]} selection
 * @returns {Promise<number>} The exit code.
 */
async function schemathesis(address, folder, ids, selection) {
  const config = ['--config-file', join(root, 'test/fuzz/schemathesis.toml')];
  const what = ['run', `${address}/openapi.json`, '--checks', 'all', '--continue-on-failure'];
  const without = ['--exclude-path', '/v1/jobs/{id}/events'];
  const run = spawn(program, [...config, ...what, ...without, ...selection, ...defaults, ...process.argv.slice(2)], {
    // Schemathesis keeps what it has found in the folder that it runs in.
    cwd: folder,
    env: {
      ...process.env,
      SCHEMATHESIS_HOOKS: 'hooks',
      PYTHONPATH: join(root, 'test/fuzz'),
      PYTHONDONTWRITEBYTECODE: '1',
      LOOKBACK_FUZZ_IDS: JSON.stringify(ids),
    },
    stdio: 'inherit',
  });
  const [code] = await once(run, 'exit');
  return code ?? 1;
}
