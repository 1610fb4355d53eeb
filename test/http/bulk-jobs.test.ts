/**
 * Jobs by the hundred: cancel and remove by filter, and the answer when no more may be queued.
 */
import { expect, test } from 'vitest';
import { QueueFullError } from '../../src/platform/errors.ts';
import { type Json, startApp, type TestApp } from '../support/app.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

async function submit({ store }: TestApp, request: TestApp['request'], count: number, name: string): Promise<string[]> {
  const { body } = await request('POST', '/v1/jobs/validate', { name, diagnose: false });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await store.create(body.spec)).job.id);
  return ids;
}

test('cancel by filter ends those that fit, and its cursor leads through all of them', async () => {
  const app = await startApp(redis.current);
  const { request, store } = app;
  const wanted = await submit(app, request, 250, 'wrong');
  const [other] = await submit(app, request, 1, 'right');
  const running = await start(store, wanted[0]);
  const outcomes: Json[] = [];
  let cursor: string | null = '';
  let calls = 0;
  while (cursor !== null) {
    const { status, body }: Json = await request('POST', `/v1/jobs/cancel?name=wrong${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    outcomes.push(...body.data);
    cursor = body.nextCursor;
    calls++;
  }
  expect(calls).toBeGreaterThan(1);
  expect(outcomes).toHaveLength(250);
  expect(outcomes.filter(({ outcome }) => outcome === 'cancelling')).toEqual([
    { id: running.id, outcome: 'cancelling' },
  ]);
  expect(await store.countByStatus()).toMatchObject({ cancelled: 249, cancelling: 1, queued: 1 });
  expect((await store.get(other)).status).toBe('queued');
  expect((await request('POST', '/v1/jobs/cancel?name=wrong')).body.data).toEqual([]);
}, 60_000);

test('removal by filter takes what is over or waits, and tells runs to stop', async () => {
  const app = await startApp(redis.current);
  const { request, store } = app;
  const [queued, running, done, later] = await submit(app, request, 4, 'old');
  await succeed(store, await start(store, done));
  const job = await start(store, running);
  const { createdAt } = await store.get(later);
  const query = `/v1/jobs?createdBefore=${createdAt}`;
  const { body } = await request('DELETE', query);
  const expected = [
    { id: done, outcome: 'removed' },
    { id: running, outcome: 'cancelling' },
    { id: queued, outcome: 'removed' },
  ];
  expect(body.data).toEqual(expected.filter(({ id }) => body.data.some((changed: Json) => changed.id === id)));
  expect(body.data).toContainEqual({ id: queued, outcome: 'removed' });
  await request('DELETE', '/v1/jobs?status=succeeded');
  await request('POST', `/v1/jobs/${running}/cancel`);
  await succeed(store, job);
  expect((await request('DELETE', '/v1/jobs?status=cancelled')).body.data).toEqual([
    { id: running, outcome: 'removed' },
  ]);
  expect((await request('GET', '/v1/jobs')).body.data.map(({ id }: Json) => id)).toEqual([later]);
}, 60_000);

test.each([
  ['DELETE', '/v1/jobs', 'needs a filter: at least one of status, name and createdBefore'],
  ['POST', '/v1/jobs/cancel', 'needs a filter: at least one of status, name and createdBefore'],
  ['DELETE', '/v1/jobs?createdBefore=yesterday', 'yesterday'],
  ['DELETE', '/v1/jobs?state=queued', 'state'],
])('%s %s is refused', async (method, path, message) => {
  const { request } = await startApp(redis.current);
  const { status, body } = await request(method, path);
  expect(status).toBe(400);
  expect(JSON.stringify(body.errors)).toContain(message);
});

test('a job that is one too many is refused with 429, and told when to come back', async () => {
  const { request, store } = await startApp(redis.current);
  store.create = async () => {
    throw new QueueFullError(10_000);
  };
  const { status, body, headers } = await request('POST', '/v1/jobs', {});
  expect(status).toBe(429);
  expect(body).toMatchObject({ code: 'queue_full', detail: expect.stringContaining('10000 jobs are queued') });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});
