/**
 * Jobs over HTTP: submit, look, list, steer, remove.
 */
import { expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('a submitted job is queued under its location, with every default filled in', async () => {
  const { request } = await startApp(redis.current);
  const created = await request('POST', '/v1/jobs', { preset: 'working', training: { steps: 10 } });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ status: 'queued', attempt: 0, step: 0, steps: 10, name: 'working' });
  expect(created.body.spec.data).toEqual({ batchSize: 7, sequenceLength: 50, layout: 'batch-major', rows: 'flat' });
  const found = await request('GET', created.headers.get('location') ?? '');
  expect(found.body).toEqual(created.body);
});
