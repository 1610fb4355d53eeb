/** Whatever is killed, and how: within 10 s nothing is left that it had started, and the folder can be used again. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { firstEvent, hasTrained, slowSpec } from '../support/cluster.ts';
import {
  environmentIn,
  isServing,
  killIfThere,
  ownFolder,
  processesOf,
  processOf,
  run,
  serverEntry,
  untilNothingIsLeft,
} from '../support/service.ts';

const longestMs = 10_000;

async function serving(settings: NodeJS.ProcessEnv = {}, command = [process.execPath, serverEntry]) {
  const folder = await ownFolder();
  const service = run(command, environmentIn(folder, settings));
  await isServing(service);
  return { folder, service, address: /listens on (\S+)\./.exec(service.output)![1] };
}

async function expectNothingLeft(folder: string): Promise<void> {
  const since = performance.now();
  await untilNothingIsLeft(folder);
  expect(performance.now() - since).toBeLessThan(longestMs);
}

async function expectNextStart(folder: string): Promise<void> {
  const next = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(next);
  next.process.kill('SIGTERM');
  expect(await next.ended).toBe(0);
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s to the process group of npm start',
  async (signal) => {
    const { folder, service } = await serving({}, ['npm', 'start']);
    process.kill(-service.process.pid!, signal);
    await expectNothingLeft(folder);
  },
  60_000,
);

test('a second SIGTERM to the API ends it at once, and the rest after it', async () => {
  const { folder, service, address } = await serving();
  const client = new LookbackClient(address);
  const job = await client.submit(slowSpec());
  await firstEvent(client, job.id, hasTrained(20));
  // A worker that is stopped hands nothing back, so the API waits for it.
  process.kill(await processOf(folder, 'workers/main.js'), 'SIGSTOP');
  service.process.kill('SIGTERM');
  await service.logged('stopping');
  const ended = once(service.process, 'exit');
  const again = setInterval(() => service.process.kill('SIGTERM'), 100);
  expect(await ended.finally(() => clearInterval(again))).toEqual([1, null]);
  process.kill(await processOf(folder, 'workers/main.js'), 'SIGCONT');
  await expectNothingLeft(folder);
}, 60_000);

test('SIGKILL to the API while a job runs: embedded Redis, worker and child go, and the next start works', async () => {
  const { folder, service, address } = await serving();
  const client = new LookbackClient(address);
  const job = await client.submit(slowSpec());
  await firstEvent(client, job.id, hasTrained(20));
  service.process.kill('SIGKILL');
  await expectNothingLeft(folder);
  await expectNextStart(folder);
}, 60_000);

test.each([0, 40, 80, 120, 160, 200, 300])(
  'SIGKILL to the API %i ms after it has a worker',
  async (afterMs) => {
    const folder = await ownFolder();
    const service = run([process.execPath, serverEntry], environmentIn(folder));
    await processOf(folder, 'workers/main.js');
    const since = performance.now();
    while (performance.now() - since < afterMs) await processesOf(folder);
    service.process.kill('SIGKILL');
    await expectNothingLeft(folder);
  },
  60_000,
);

test.each(['lookback-guard', 'redis-server 127'])(
  'SIGKILL to %s: Redis is there again, and ends with the API',
  async (name) => {
    const { folder, service, address } = await serving();
    const client = new LookbackClient(address);
    const job = await client.submit({ preset: 'lookback', training: { steps: 1 } });
    killIfThere(await processOf(folder, name));
    await service.logged('redis-ended');
    await service.logged('redis-back');
    expect((await client.job(job.id)).id).toBe(job.id);
    service.process.kill('SIGKILL');
    await expectNothingLeft(folder);
  },
  60_000,
);

test('a Redis that is stopped is killed when the API is gone', async () => {
  const { folder, service } = await serving();
  process.kill(await processOf(folder, 'redis-server 127'), 'SIGSTOP');
  service.process.kill('SIGKILL');
  await expectNothingLeft(folder);
}, 60_000);

test('a worker that is stopped goes when the API is gone', async () => {
  const { folder, service } = await serving();
  process.kill(await processOf(folder, 'workers/main.js'), 'SIGSTOP');
  service.process.kill('SIGKILL');
  await expectNothingLeft(folder);
}, 60_000);

test('Redis goes with the API though nobody waits for its end any more', async () => {
  const { folder, service } = await serving();
  killIfThere(await processOf(folder, 'lookback-watch'));
  service.process.kill('SIGKILL');
  await expectNothingLeft(folder);
}, 60_000);

test('Redis, and what watches over it, goes with the API though all of it is stopped', async () => {
  const { folder, service } = await serving();
  for (const name of ['lookback-watch', 'lookback-guard', 'redis-server 127']) {
    process.kill(await processOf(folder, name), 'SIGSTOP');
  }
  service.process.kill('SIGKILL');
  await expectNothingLeft(folder);
}, 60_000);

test('SIGTERM to the API ends Redis though nobody waits for its end any more', async () => {
  const { folder, service } = await serving();
  killIfThere(await processOf(folder, 'lookback-watch'));
  service.process.kill('SIGTERM');
  await expectNothingLeft(folder);
  expect(await service.ended).toBe(0);
}, 60_000);

test.each(['SIGKILL', 'SIGHUP'] as const)(
  '%s to npm alone',
  async (signal) => {
    const { folder, service } = await serving({}, ['npm', 'start']);
    service.process.kill(signal);
    await expectNothingLeft(folder);
    await expectNextStart(folder);
  },
  60_000,
);
