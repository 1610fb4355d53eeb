/** A Redis that keeps its connections and says nothing, as one that is stopped or whose disk stands still. */
import { expect, test } from 'vitest';
import { answerTimeoutMs } from '../../src/platform/redis/connections.ts';
import { type Json, startApp, type TestApp } from '../support/app.ts';
import { eventually } from '../support/cluster.ts';
import { startGatedProxy } from '../support/gated-proxy.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

/** Far below the time that a request waits while nobody knows yet. */
const atOnceMs = 500;

test('the first requests get 503 after two seconds, those that follow at once, and all is well when it answers again', async () => {
  const { request, reconnected } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  redis.current.hang(true);
  try {
    const [first, firstMs] = await timed(() => request('GET', `/v1/jobs/${id}`));
    expect(first.body).toMatchObject({ status: 503, code: 'unavailable' });
    expect(firstMs).toBeLessThan(answerTimeoutMs + 1_000);
    for (const path of ['/health/ready', `/v1/jobs/${id}`, '/v1/jobs']) {
      const [next, nextMs] = await timed(() => request('GET', path));
      expect(next.status).toBe(503);
      expect(nextMs, path).toBeLessThan(atOnceMs);
    }
    expect((await request('GET', '/health/live')).status).toBe(200);
  } finally {
    redis.current.hang(false);
  }
  await reconnected();
  expect((await request('GET', `/v1/jobs/${id}`)).body.id).toBe(id);
});

test('a submission that is not confirmed says that the job may be there, and its Idempotency-Key finds it', async () => {
  const proxy = await startGatedProxy(redis.current.port);
  const { request } = await startApp(redis.current, { requestUrl: `redis://127.0.0.1:${proxy.port}` });
  const submit = () => request('POST', '/v1/jobs', { name: 'unheard' }, { 'idempotency-key': 'hung' });
  proxy.keepAnswersTo('unheard');
  const refused = await submit();
  expect(refused.body).toMatchObject({
    status: 503,
    code: 'unavailable',
    detail: expect.stringMatching(/may have been made all the same: .* Idempotency-Key finds it/),
  });
  const { data } = await listed(request);
  expect(data).toMatchObject([{ name: 'unheard' }]);
  const again = await submit();
  expect(again.status).toBe(200);
  expect(again.body.id).toBe(data[0].id);
});

test('a submission that Redis was never asked for says nothing of a job', async () => {
  const { request } = await startApp(redis.current);
  redis.current.hang(true);
  const refused = await request('POST', '/v1/jobs', {}, { 'idempotency-key': 'never-sent' }).finally(() =>
    redis.current.hang(false),
  );
  expect(refused.body).toMatchObject({ status: 503, detail: 'Redis does not answer; try again in a moment.' });
  expect((await listed(request)).data).toEqual([]);
});

/** The list of jobs, once Redis is there again for this app. */
async function listed(request: TestApp['request']): Promise<Json> {
  const ask = () => request('GET', '/v1/jobs');
  return (await eventually(ask, ({ status }) => status === 200)).body;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const since = performance.now();
  return [await work(), performance.now() - since];
}
