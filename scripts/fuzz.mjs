/**
 * Holds a real service to its own OpenAPI document with schemathesis, which makes up requests: `npm run test:fuzz --
 * --max-examples 100`. It has no part in `.ci/run`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withService } from './service.mjs';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { stage } from './setup/progress.mjs';
import { pythonEnvironment } from './setup/python-environment.mjs';
import { readSetting } from './setup/setting.mjs';

const version = '4.32.5';
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Chosen so that a run takes some minutes; parameters of the command come after them and replace them. */
const defaults = ['--max-examples', '30', '--seed', '1', '--phases', 'examples,coverage,fuzzing', '--no-shrink'];

await runCommand(async () => {
  const programs = await pythonEnvironment(root, `schemathesis-${version}`, [`schemathesis==${version}`]);
  if (programs === null) return;
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  process.exitCode = await withService(root, redisServer, async ({ address, folder }) => {
    const ids = await stage('training a job to ask about', () => seed(address));
    return fuzz(join(programs, 'schemathesis'), address, folder, ids);
  });
});

/** @typedef {{ trained: string[], jobs: string[], datasets: string[] }} Ids */

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
  return { trained: [trained.id], jobs: [trained.id, cancelled.id], datasets: [dataset.id] };
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
 * @param {string} program Schemathesis.
 * @param {string} address
 * @param {string} folder
 * @param {Ids} ids
 * @returns {Promise<number>} The exit code.
 */
async function fuzz(program, address, folder, ids) {
  const kept = await schemathesis(program, address, folder, ids, ['--exclude-method', 'DELETE']);
  return (await schemathesis(program, address, folder, ids, ['--include-method', 'DELETE'])) || kept;
}

/**
 * @param {string} program Schemathesis.
 * @param {string} address
 * @param {string} folder
 * @param {Ids} ids
 * @param {readonly string[]} selection
 * @returns {Promise<number>} The exit code.
 */
async function schemathesis(program, address, folder, ids, selection) {
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
