/** Sessions: step by step the same bits as at once, in one process or several, after a restart too. */
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type ModelDescription, stackOf } from '../../src/model/description.ts';
import { limits } from '../../src/platform/limits.ts';
import { startApp, type TestApp, useApp } from '../support/app.ts';
import { saveCheckpoint, smallModel, stepFolder } from '../support/checkpoints.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);
const values = [0, 1, 1, 0.5, -2, 0, 0, 1, 3, 0.25];

async function trainedJob(model: ModelDescription = smallModel, app: TestApp = api.current): Promise<string> {
  const { id } = (await app.request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(app.checkpoints, id, 7, 1, model);
  return id;
}

async function open(job: string, { request }: TestApp = api.current): Promise<string> {
  const { status, body, headers } = await request('POST', '/v1/sessions', { job });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/v1/sessions/${body.id}`);
  return body.id;
}

function step(id: string, steps: unknown[], { request }: TestApp = api.current, after?: number) {
  return request('POST', `/v1/sessions/${id}/steps`, { steps, after });
}

test.each([
  ['small', smallModel],
  ['that a thread computes', stackOf({ features: 1, classes: 4, units: [300] })],
])('steps one at a time, or some at a time, equal one call to the last bit, of a model %s', async (_, model) => {
  const job = await trainedJob(model);
  const whole = await api.current.request('POST', '/predict', { job, sequences: [values] });
  const [{ classes, probabilities }] = whole.body.predictions;
  for (const length of [1, 3]) {
    const id = await open(job);
    for (let t = 0; t < values.length; t += length) {
      const { status, body } = await step(id, values.slice(t, t + length));
      expect(status).toBe(200);
      const end = Math.min(values.length, t + length);
      expect(body).toMatchObject({ id, job, checkpoint: whole.body.checkpoint, steps: end });
      expect(body.predictions).toEqual(
        Array.from({ length: end - t }, (_, n) => ({ class: classes[t + n], probabilities: probabilities[t + n] })),
      );
    }
  }
});

test('a session outlasts the process that opened it, and goes on in another', async () => {
  const first = await startApp(redis.current, { prefix: 'sessions' });
  const job = await trainedJob(smallModel, first);
  const id = await open(job, first);
  await step(id, values.slice(0, 4), first);
  const second = await startApp(redis.current, { prefix: 'sessions', folder: first.folder });
  const { body } = await step(id, values.slice(4), second);
  const whole = await second.request('POST', '/predict', { job, sequences: [values] });
  expect(body.predictions.map((one: { probabilities: number[] }) => one.probabilities)).toEqual(
    whole.body.predictions[0].probabilities.slice(4),
  );
});

test('calls at once count one after the other in one process, and of two processes none is counted twice', async () => {
  const one = await startApp(redis.current, { prefix: 'at-once' });
  const two = await startApp(redis.current, { prefix: 'at-once', folder: one.folder });
  const job = await trainedJob(smallModel, one);
  const whole = await one.request('POST', '/predict', { job, sequences: [Array(40).fill(1)] });
  const { probabilities } = whole.body.predictions[0];
  const id = await open(job, one);
  const alone = await Promise.all(Array.from({ length: 10 }, () => step(id, [1], one)));
  expect(alone.map(({ body }) => body.steps).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const both = await Promise.all(Array.from({ length: 30 }, (_, n) => step(id, [1], n % 2 ? one : two)));
  for (const { status, body } of both) {
    expect([200, 409]).toContain(status);
    if (status === 409) expect(body.code).toBe('session_conflict');
  }
  const counted = [...alone, ...both].filter(({ status }) => status === 200);
  for (const { body } of counted) expect(body.predictions[0].probabilities).toEqual(probabilities[body.steps - 1]);
  expect((await one.request('GET', `/v1/sessions/${id}`)).body.steps).toBe(counted.length);
});

test('a call that says what it comes after is counted once', async () => {
  const id = await open(await trainedJob());
  expect((await step(id, [1, 1], undefined, 0)).status).toBe(200);
  expect((await step(id, [1, 1], undefined, 0)).body).toMatchObject({ status: 409, code: 'session_conflict' });
  expect((await step(id, [1], undefined, 2)).body.steps).toBe(3);
});

test('a bad step is refused with its path, and the session stays where it was', async () => {
  const id = await open(await trainedJob());
  await step(id, [1]);
  const refused = await step(id, [0, 'x']);
  expect(refused.body).toMatchObject({ status: 400, code: 'invalid_input' });
  expect(refused.body.errors[0].path).toBe('steps[1]');
  expect((await api.current.request('GET', `/v1/sessions/${id}`)).body.steps).toBe(1);
});

test('a session ends when it is ended, and by itself when no step comes', async () => {
  const app = await startApp(redis.current);
  const job = await trainedJob(smallModel, app);
  const [ended, idle] = [await open(job, app), await open(job, app)];
  const { body } = await app.request('GET', `/v1/sessions/${idle}`);
  const livesMs = Date.parse(body.expiresAt) - Date.now();
  expect(livesMs).toBeGreaterThan((limits.sessionIdleSeconds - 60) * 1000);
  expect(livesMs).toBeLessThanOrEqual(limits.sessionIdleSeconds * 1000 + 1000);
  expect((await app.request('DELETE', `/v1/sessions/${ended}`)).status).toBe(204);
  await app.redis.pexpire(app.keys.session(idle), 1);
  for (const id of [ended, idle]) {
    await expect.poll(() => step(id, [1], app)).toMatchObject({ body: { status: 404, code: 'session_not_found' } });
  }
  expect((await app.request('DELETE', `/v1/sessions/${ended}`)).status).toBe(404);
});

test('a session whose checkpoint is gone says so', async () => {
  const first = await startApp(redis.current, { prefix: 'gone' });
  const job = await trainedJob(smallModel, first);
  const id = await open(job, first);
  await rm(stepFolder(first.folder, job, 7), { recursive: true });
  const second = await startApp(redis.current, { prefix: 'gone', folder: first.folder });
  expect((await step(id, [1], second)).body).toMatchObject({ status: 409, code: 'checkpoint_gone' });
});

test('no more sessions are open than may be; those that have ended do not count', async () => {
  const app = await startApp(redis.current);
  const job = await trainedJob(smallModel, app);
  const members = Array.from({ length: limits.sessions - 1 }, (_, n) => [Date.now() + 60_000, `s${n}`]).flat();
  await app.redis.zadd(app.keys.sessions, ...members, Date.now() - 1, 'ended');
  await open(job, app);
  const refused = await app.request('POST', '/v1/sessions', { job });
  expect(refused.body).toMatchObject({ status: 503, code: 'busy', detail: expect.stringContaining('1000') });
});

test('a request that is repeated with its key finds its session', async () => {
  const job = await trainedJob();
  const headers = { 'idempotency-key': 'the-same' };
  const ask = (body: object) => api.current.request('POST', '/v1/sessions', body, headers);
  const first = await ask({ job });
  expect(first.status).toBe(201);
  const second = await ask({ job });
  expect(second.status).toBe(200);
  expect(second.headers.get('location')).toBe(`/v1/sessions/${first.body.id}`);
  expect(second.body.id).toBe(first.body.id);
  expect((await ask({ job, initialState: 'zero' })).body).toMatchObject({ code: 'idempotency_key_reused' });
});

test('of an alias a session keeps the checkpoint that it had then', async () => {
  const { request } = api.current;
  const [job, other] = [await trainedJob(), await trainedJob()];
  await request('PUT', '/v1/aliases/streamed', { job });
  const { id } = (await request('POST', '/v1/sessions', { model: 'streamed' })).body;
  await request('PUT', '/v1/aliases/streamed', { job: other });
  expect((await step(id, [1])).body).toMatchObject({ job, model: 'streamed' });
});
