/**
 * What callers can see of workers: what a job waits for, the list, readiness, metrics and the log.
 */
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endRun } from '../../src/jobs/decisions/run-end.ts';
import type { WorkerDescription } from '../../src/jobs/workers/worker-info.ts';
import { WorkerWatch } from '../../src/jobs/workers/worker-watch.ts';
import { openStore } from '../../src/storage/open.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { eventually } from '../support/cluster.ts';
import { start } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const startedAt = '2026-01-02T03:04:05.678Z';

/** Plays a worker that announces itself; returns when it is known. */
async function announce({ workers }: TestApp, description: Partial<WorkerDescription> = {}) {
  const describe = () => ({
    engines: ['simd' as const],
    loading: [],
    unavailable: [],
    cores: 2,
    job: null,
    startedAt,
    ...description,
  });
  const signOff = workers.announce('worker-1', describe);
  onTestFinished(signOff);
  await eventually(
    () => workers.list(),
    ({ length }) => length > 0,
  );
  return signOff;
}

test('a job says that it waits for a worker, for an engine, or for its turn', async () => {
  const app = await startApp(redis.current);
  const { id } = (await app.request('POST', '/v1/jobs', {})).body;
  const tensorflow = (await app.request('POST', '/v1/jobs', { engine: 'tensorflow' })).body.id;
  const waitingFor = async (job: string) => (await app.request('GET', `/v1/jobs/${job}`)).body.waitingFor;
  expect(await waitingFor(id)).toEqual({ reason: 'worker', message: expect.stringMatching(/^No worker is there/) });
  await announce(app, { job: 'job_other' });
  expect(await waitingFor(id)).toEqual({
    reason: 'queue',
    message: 'Its turn has not come: the only worker is busy.',
  });
  expect(await waitingFor(tensorflow)).toMatchObject({ reason: 'engine' });
  const { data } = (await app.request('GET', '/v1/jobs')).body;
  expect(data.map((job: { waitingFor: { reason: string } }) => job.waitingFor.reason)).toEqual(['engine', 'queue']);
  await start(app.store, id);
  expect(await waitingFor(id)).toBeNull();
});

test('a job that a free worker may take does not call it busy', async () => {
  const app = await startApp(redis.current);
  const { id } = (await app.request('POST', '/v1/jobs', {})).body;
  await announce(app);
  expect((await app.request('GET', `/v1/jobs/${id}`)).body.waitingFor).toEqual({
    reason: 'queue',
    message: 'It waits to be taken by a worker: 1 of 1 is free.',
  });
});

test('a job says until when it waits to be tried again, and why', async () => {
  const { request, store } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const cause = {
    category: 'infrastructure',
    code: 'process_lost',
    message: 'its process was ended by SIGKILL',
  } as const;
  for (const attempt of [1, 2, 3, 4]) {
    await start(store, id);
    await store.change(id, endRun(attempt, 'lost', new Date(), cause));
  }
  const { body } = await request('GET', `/v1/jobs/${id}`);
  expect(body.waitingFor).toEqual({
    reason: 'retry',
    message: 'Its run was lost (4 since the last checkpoint): its process was ended by SIGKILL.',
    until: body.retryAt,
  });
});

test('a job that waits for room says so', async () => {
  const { request, store } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await start(store, id);
  await store.change(id, endRun(1, 'out-of-room', new Date()));
  expect((await request('GET', `/v1/jobs/${id}`)).body.waitingFor).toMatchObject({ reason: 'room' });
  const paused = (await request('POST', '/v1/jobs', {})).body.id;
  expect((await request('POST', `/v1/jobs/${paused}/pause`)).body.waitingFor).toBeNull();
});

test('workers are listed, counted and missed', async () => {
  const app = await startApp(redis.current);
  const { request } = app;
  expect((await request('GET', '/v1/workers')).body).toEqual({ data: [], nextCursor: null });
  expect((await request('GET', '/health/ready')).body).toMatchObject({
    status: 'ok',
    workers: { count: 0 },
    warnings: [{ code: 'no_worker' }],
  });
  const signOff = await announce(app, { job: 'job_1' });
  expect((await request('GET', '/v1/workers')).body.data).toEqual([
    { id: 'worker-1', engines: ['simd'], loading: [], unavailable: [], cores: 2, job: 'job_1', startedAt },
  ]);
  expect((await request('GET', '/health/ready')).body).toEqual({
    status: 'ok',
    queued: 0,
    demand: 0,
    workers: { count: 1, busy: 1, engines: ['simd'] },
    warnings: [],
  });
  expect((await request('GET', '/metrics')).text).toContain('lookback_workers{state="busy"} 1');
  await signOff();
  expect((await request('GET', '/metrics')).text).toContain('lookback_workers{state="idle"} 0');
});

test('a process whose data folder cannot be written to is not ready, and says why', async () => {
  const dataFolder = await openStore(path.join(import.meta.filename, 'data'));
  const { request } = await startApp(redis.current, { dataFolder });
  const { status, body, headers } = await request('GET', '/health/ready');
  expect(status).toBe(503);
  expect(body).toMatchObject({ code: 'unavailable', detail: expect.stringMatching(/^The data folder/) });
  expect(headers.get('retry-after')).not.toBeNull();
  expect((await request('GET', '/metrics')).text).toContain('lookback_data_folder_writable 0');
});

test('the log says once that jobs wait and no worker is there, and once that one is', async () => {
  const app = await startApp(redis.current);
  const lines: string[] = [];
  const say = (_: unknown, message?: string) => void lines.push(message ?? '');
  const watch = new WorkerWatch({ ...app, logger: { warn: say, info: say } });
  await watch.look();
  expect(lines).toEqual([]);
  await app.request('POST', '/v1/jobs', {});
  await watch.look();
  await watch.look();
  expect(lines).toEqual([expect.stringMatching(/^jobs wait, but no worker is there/)]);
  await announce(app);
  await watch.look();
  await watch.look();
  expect(lines.slice(1)).toEqual(['a worker is there again']);
});
