/** The terminal of a service is closed, or whoever read its output goes away. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  environmentIn,
  isServing,
  ownFolder,
  processesOf,
  run,
  type Started,
  serverEntry,
  untilNothingIsLeft,
} from '../support/service.ts';

const terminal = path.resolve(import.meta.dirname, '../support/terminal.py');
const root = path.resolve(import.meta.dirname, '../..');

/** Runs a command on a terminal that is closed when its input ends. */
function onTerminal(command: readonly string[], env: NodeJS.ProcessEnv): Started {
  return run(['python3', terminal, ...command], env);
}

function leaseOf(folder: string): string {
  return path.join(folder, 'data/redis/lease.json');
}

test.each([
  ['the service alone', [process.execPath, serverEntry]],
  ['npm start', ['sh', '-c', `cd ${root} && npm start`]],
  ['npm start from a shell', ['bash', '-c', `set -m; cd ${root}; npm start`]],
])(
  '%s is gone with its terminal, with all that it started',
  async (_, command) => {
    const folder = await ownFolder();
    const service = onTerminal(command, environmentIn(folder));
    await isServing(service);
    service.process.stdin!.end();
    await untilNothingIsLeft(folder);
    expect(existsSync(leaseOf(folder))).toBe(false);
  },
  60_000,
);

test('with nohup it lives on without the terminal', async () => {
  const folder = await ownFolder();
  const shell = ['bash', '-i', '-c', `cd ${folder}; nohup npm --prefix ${root} start & wait`];
  const service = onTerminal(shell, environmentIn(folder));
  await service.printed('nohup');
  const log = run(['tail', '-F', path.join(folder, 'nohup.out')], process.env);
  await isServing(log);
  service.process.stdin!.end();
  await service.ended;
  const address = /listens on (\S+)\./.exec(log.output)![1];
  log.process.kill();
  // The signal has come when npm, which does not outlive it, is gone.
  while ((await commandsOf(folder)).some((command) => command.includes('npm'))) await fetch(`${address}/health/live`);
  expect((await fetch(`${address}/health/ready`)).status).toBe(200);
}, 60_000);

test('a reader of the log that goes away ends nothing, and SIGHUP ends it with 0', async () => {
  const folder = await ownFolder();
  const service = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(service);
  const address = /listens on (\S+)\./.exec(service.output)![1];
  service.process.stdout!.destroy();
  service.process.stderr!.destroy();
  for (let i = 0; i < 3; i++) expect((await fetch(`${address}/health/ready`)).status).toBe(200);
  service.process.kill('SIGHUP');
  expect(await service.ended).toBe(0);
  expect(await processesOf(folder)).toEqual([]);
});

async function commandsOf(folder: string): Promise<string[]> {
  const pids = await processesOf(folder);
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}
