/**
 * While Redis is away: refused at once what needs it, served what does not, and streams that outlast it.
 */
import { expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import { openStream } from '../support/event-stream.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('what needs Redis is refused with 503 and a time to come back, and works again when it is back', async () => {
  const { request, reconnected } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await redis.current.kill();
  for (const [method, path, body] of [
    ['POST', '/v1/jobs', {}],
    ['GET', '/v1/jobs'],
    ['GET', `/v1/jobs/${id}`],
    ['DELETE', `/v1/jobs/${id}`],
    ['POST', `/v1/jobs/${id}/cancel`],
    ['GET', '/health/ready'],
  ] as const) {
    const refused = await request(method, path, body);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({
      code: 'unavailable',
      detail: 'Redis does not answer; try again in a moment.',
    });
  }
  expect((await request('GET', '/health/live')).status).toBe(200);
  expect((await request('GET', '/metrics')).status).toBe(200);

  await redis.current.start();
  await reconnected();
  expect((await request('GET', '/health/ready')).status).toBe(200);
  expect((await request('GET', `/v1/jobs/${id}`)).body.id).toBe(id);
});

test('predictions and checkpoints are served from the disk', async () => {
  const { request, checkpoints, reconnected } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(checkpoints, id, 3000, 0.1);
  await redis.current.kill();
  expect((await request('POST', '/predict', { job: id, sequences: [[0, 1]] })).status).toBe(200);
  expect((await request('GET', `/v1/jobs/${id}/checkpoints`)).body.data).toHaveLength(1);
  const unknown = await request('POST', '/predict', { job: 'job_unknown', sequences: [[0, 1]] });
  expect(unknown.status).toBe(404);
  await redis.current.start();
  await reconnected();
});

test('a stream that was open goes on without gap or duplicate, and one that comes meanwhile waits', async () => {
  const { request, store, url, reconnected } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const open = await openStream(`${url}/v1/jobs/${id}/events`);
  expect((await open.next())?.id).toBe(1);
  await redis.current.kill();
  const late = await openStream(`${url}/v1/jobs/${id}/events`, { 'last-event-id': '1' });
  expect(late.response.status).toBe(200);
  await redis.current.start();
  await reconnected();
  await succeed(store, await start(store, id));
  for (const stream of [open, late]) expect((await stream.rest()).map((event) => event.id)).toEqual([2, 3]);
});

test('an app closes while Redis is away and streams are open', async () => {
  const { request, url, app, reconnected } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const before = await openStream(`${url}/v1/jobs/${id}/events`);
  await before.next();
  await redis.current.kill();
  const late = await openStream(`${url}/v1/jobs/${id}/events`);
  await app.close();
  expect(await before.rest()).toEqual([]);
  expect(await late.rest()).toEqual([]);
  await redis.current.start();
  await reconnected();
});
