/**
 * Jobs over HTTP: submit, try out, list, look, steer, remove.
 */
import { expect, test } from 'vitest';
import { EngineUnavailableError } from '../../src/platform/errors.ts';
import { type Json, startApp } from '../support/app.ts';
import { checkpointTo, progressTo, start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const missing = '/v1/jobs/job_01arz3ndektsv4rrffq69g5fav';

test('a submitted job is queued under its location, with every default filled in', async () => {
  const { request } = await startApp(redis.current);
  const created = await request('POST', '/v1/jobs', { preset: 'working', training: { steps: 10 } });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ status: 'queued', attempt: 0, step: 0, steps: 10, name: 'working' });
  expect(created.body.spec.data).toEqual({ batchSize: 7, sequenceLength: 50, layout: 'batch-major', rows: 'flat' });
  expect(created.headers.get('location')).toBe(`/v1/jobs/${created.body.id}`);
  const found = await request('GET', created.headers.get('location') ?? '');
  expect(found.body).toEqual(created.body);
});

test('an empty object is a job: every field has a default', async () => {
  const { request } = await startApp(redis.current);
  const { status, body } = await request('POST', '/v1/jobs', {});
  expect(status).toBe(201);
  expect(body.spec).toMatchObject({ task: { base: 2, order: 1 }, model: { units: 5 }, optimizer: { type: 'sgd' } });
});

test('what only the next attempt needs to know is not shown', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('POST', '/v1/jobs', {});
  for (const name of ['keepWork', 'startFrom', 'recoveries']) expect(body).not.toHaveProperty(name);
});

test('a request repeated with its Idempotency-Key finds its job; another request is refused', async () => {
  const { request } = await startApp(redis.current);
  const key = { 'idempotency-key': 'one' };
  const first = await request('POST', '/v1/jobs', { preset: 'working' }, key);
  const again = await request('POST', '/v1/jobs', { preset: 'working' }, key);
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  const other = await request('POST', '/v1/jobs', { preset: 'broken' }, key);
  expect(other.status).toBe(409);
  expect(other.body.code).toBe('idempotency_key_reused');
  expect((await request('GET', '/v1/jobs')).body.data).toHaveLength(1);
});

test('of many requests with one Idempotency-Key at once, exactly one makes a job', async () => {
  const { request } = await startApp(redis.current);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => request('POST', '/v1/jobs', {}, { 'idempotency-key': 'race' })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
});

test('an Idempotency-Key has a length', async () => {
  const { request } = await startApp(redis.current);
  const refused = await request('POST', '/v1/jobs', {}, { 'idempotency-key': 'k'.repeat(256) });
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toEqual([
    { path: 'idempotency-key', message: 'must have a length of at most 255, but has 256' },
  ]);
});

test('validate says how a job would run and what it would cost, and queues nothing', async () => {
  const { request } = await startApp(redis.current);
  const { status, body } = await request('POST', '/v1/jobs/validate', { preset: 'lookback' });
  expect(status).toBe(200);
  // Layer 1: (1+5)·20+20, layer 2: (5+5)·20+20, softmax: 5·4+4.
  expect(body.model).toEqual({ parameters: 384 });
  expect(body.spec.optimizer).toMatchObject({ type: 'adam', learningRate: 0.02 });
  expect(body.estimate.flops).toBeGreaterThan(1e9);
  expect(body.estimate.bytes).toBeGreaterThan(1e4);
  expect(body.estimate.seconds).toBeGreaterThan(0);
  expect(body.engine).toEqual({ name: 'simd', reason: expect.any(String) });
  expect((await request('GET', '/v1/jobs')).body.data).toEqual([]);
});

test('a job for an engine that no worker offers is refused, and nothing is queued', async () => {
  const chooseOfferedEngine = async () => {
    throw new EngineUnavailableError('tensorflow', 'no worker offers it.');
  };
  const { request } = await startApp(redis.current, { chooseOfferedEngine });
  const refused = await request('POST', '/v1/jobs', { engine: 'tensorflow' });
  expect(refused).toMatchObject({ status: 422, body: { code: 'engine_unavailable' } });
  expect((await request('GET', '/v1/jobs')).body.data).toEqual([]);
  expect((await request('POST', '/v1/jobs', { engine: 'auto' })).status).toBe(201);
});

test('validate carries the findings of the doctor', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('POST', '/v1/jobs/validate', { preset: 'broken' });
  expect(body.doctor).toMatchObject({ order: 0, findings: [{ code: 'axes-swapped', severity: 'error' }] });
  const { body: plain } = await request('POST', '/v1/jobs/validate', { preset: 'broken', diagnose: false });
  expect(plain.doctor).toBeNull();
});

test('the list is newest first and its cursor leads through all of it, also while it grows', async () => {
  const { request } = await startApp(redis.current);
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.unshift((await request('POST', '/v1/jobs', {})).body.id);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body }: Json = await request('GET', `/v1/jobs?limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.data.map((job: Json) => job.id));
    cursor = body.nextCursor;
    await request('POST', '/v1/jobs', {});
  }
  expect(seen).toEqual(ids);
});

test('a list whose end is the end of a page has no further one', async () => {
  const { request } = await startApp(redis.current);
  for (let i = 0; i < 4; i++) await request('POST', '/v1/jobs', {});
  const { body } = await request('GET', '/v1/jobs?limit=4');
  expect(body.data).toHaveLength(4);
  expect(body.nextCursor).toBeNull();
});

test('the list can be that of one status', async () => {
  const { request, store } = await startApp(redis.current);
  const [queued, running] = [await request('POST', '/v1/jobs', {}), await request('POST', '/v1/jobs', {})];
  await start(store, running.body.id);
  const idsOf = async (status: string) =>
    (await request('GET', `/v1/jobs?status=${status}`)).body.data.map((job: Json) => job.id);
  expect(await idsOf('queued')).toEqual([queued.body.id]);
  expect(await idsOf('running')).toEqual([running.body.id]);
  expect(await idsOf('failed')).toEqual([]);
});

test.each([
  ['limit=0', 'limit', 'must be at least 1, but is 0'],
  ['limit=101', 'limit', 'must be at most 100, but is 101'],
  ['limit=ten', 'limit', 'must be a number, but is "ten"'],
  ['limit=1&limit=2', 'limit', 'must be a number, but is ["1","2"]'],
  ['limit=', 'limit', 'must be a number, but is ""'],
  ['cursor=-5', 'cursor', 'must be at least 0, but is -5'],
  ['status=done', 'status', 'but is "done"'],
  ['page=2', 'page', 'is not a known field'],
])('GET /v1/jobs?%s is refused', async (query, path, message) => {
  const { request } = await startApp(redis.current);
  const { status, body } = await request('GET', `/v1/jobs?${query}`);
  expect(status).toBe(400);
  expect(body.errors[0].path).toBe(path);
  expect(body.errors[0].message).toContain(message);
});

test('a running job is paused, resumed and cancelled by its verbs', async () => {
  const { request, store } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const verb = async (name: string) => (await request('POST', `/v1/jobs/${id}/${name}`)).body.status;
  expect(await verb('pause')).toBe('paused');
  expect(await verb('resume')).toBe('queued');
  await start(store, id);
  expect(await verb('pause')).toBe('pausing');
  expect(await verb('cancel')).toBe('cancelling');
});

test('a verb that the state does not allow is a conflict that names the state', async () => {
  const { request } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const refused = await request('POST', `/v1/jobs/${id}/resume`);
  expect(refused.status).toBe(409);
  expect(refused.body).toMatchObject({
    code: 'illegal_transition',
    detail: 'This job is queued, so it cannot be resumed: that is for paused jobs.',
  });
});

test('cancel keeps the work that was done, unless it is told not to', async () => {
  const { request, store } = await startApp(redis.current);
  for (const [query, keepWork] of [
    ['', true],
    ['?checkpoint=true', true],
    ['?checkpoint=false', false],
  ] as const) {
    const { id } = (await request('POST', '/v1/jobs', {})).body;
    await start(store, id);
    expect((await request('POST', `/v1/jobs/${id}/cancel${query}`)).status).toBe(200);
    expect((await store.get(id)).keepWork).toBe(keepWork);
  }
  expect((await request('POST', `${missing}/cancel?checkpoint=maybe`)).status).toBe(400);
});

test('retry goes on from the last checkpoint, or on request from the beginning', async () => {
  const { request, store } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const job = await start(store, id);
  await progressTo(store, job, 300);
  await checkpointTo(store, job, 300);
  await request('POST', `/v1/jobs/${id}/cancel`);
  await succeed(store, job);
  const cancelled = await request('GET', `/v1/jobs/${id}`);
  expect(cancelled.body).toMatchObject({ status: 'cancelled', checkpointStep: 300, finishedAt: expect.any(String) });

  const onward = await request('POST', `/v1/jobs/${id}/retry`);
  expect(onward.body).toMatchObject({ status: 'queued', step: 300, finishedAt: null });
  await request('POST', `/v1/jobs/${id}/cancel`);
  const afresh = await request('POST', `/v1/jobs/${id}/retry`, { from: 'beginning' });
  expect(afresh.body).toMatchObject({ status: 'queued', step: 0, loss: null });
  const refused = await request('POST', `/v1/jobs/${id}/retry`, { from: 'middle' });
  expect(refused.body.errors[0].path).toBe('from');
});

test('a removed job is gone, with its events', async () => {
  const { request } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const removed = await request('DELETE', `/v1/jobs/${id}`);
  expect(removed.status).toBe(204);
  expect(removed.text).toBe('');
  for (const path of ['', '/events', '/checkpoints']) {
    expect((await request('GET', `/v1/jobs/${id}${path}`)).status).toBe(404);
  }
  expect((await request('DELETE', `/v1/jobs/${id}`)).status).toBe(404);
});

test('removing a running job first waits until its worker has stopped', async () => {
  const { request, store, events } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const job = await start(store, id);
  const removed = request('DELETE', `/v1/jobs/${id}`);
  for await (const event of events.follow(id, 0, new AbortController().signal)) {
    if (event.type === 'status' && event.data.status === 'cancelling') await succeed(store, job);
  }
  expect((await removed).status).toBe(204);
  expect((await request('GET', `/v1/jobs/${id}`)).status).toBe(404);
});

test.each(['GET ', 'DELETE ', 'POST /cancel', 'POST /pause', 'POST /resume', 'POST /retry', 'GET /checkpoints'])(
  'a missing job is not found: %s',
  async (call) => {
    const { request } = await startApp(redis.current);
    const [method, path] = call.split(' ');
    const { status, body } = await request(method, missing + path);
    expect(status).toBe(404);
    expect(body.code).toBe('job_not_found');
  },
);
