/**
 * What the service says of itself: presets and tasks, health, metrics.
 */
import { expect, test } from 'vitest';
import { type Json, startApp } from '../support/app.ts';
import { openStream } from '../support/event-stream.ts';
import { start } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('the presets are complete specs that can be posted as they are', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('GET', '/v1/presets');
  expect(body.data.map(({ name }: Json) => name)).toEqual(['broken', 'working', 'lookback']);
  for (const { name, spec } of body.data) {
    const created = await request('POST', '/v1/jobs', spec);
    expect(created.status).toBe(201);
    expect(created.body.spec).toEqual(spec);
    expect((await request('POST', '/v1/jobs/validate', { preset: name })).body.spec).toEqual(spec);
  }
});

test('the tasks come with the schema of their parameters', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('GET', '/v1/tasks');
  expect(body.data[0].type).toBe('binary-digits');
  expect(body.data[0]).toMatchObject({ optimum: { loss: 0, accuracy: 1 }, span: 2 });
  const { inputs, labels } = body.data[0].sample;
  expect(labels).toEqual(inputs.map((bit: number, t: number) => (t === 0 ? null : bit + 2 * inputs[t - 1])));
  expect(body.data[0].schema.properties.base).toMatchObject({ minimum: 2, maximum: 10, default: 2 });
});

test('a process with its Redis is live and ready', async () => {
  const { request } = await startApp(redis.current);
  expect((await request('GET', '/health/live')).body).toEqual({ status: 'ok' });
  expect((await request('GET', '/health/ready')).body).toMatchObject({ status: 'ok' });
});

test('metrics count jobs by status, requests by route and open streams', async () => {
  const { request, store, url } = await startApp(redis.current);
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await request('POST', '/v1/jobs', {});
  await start(store, id);
  const stream = await openStream(`${url}/v1/jobs/${id}/events`);
  await stream.next();
  const { status, text } = await request('GET', '/metrics');
  expect(status).toBe(200);
  const lines = text.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'lookback_jobs{status="queued"} 1',
      'lookback_jobs{status="running"} 1',
      'lookback_jobs{status="failed"} 0',
      'lookback_event_streams 1',
      'lookback_data_folder_writable 1',
      'lookback_http_request_duration_seconds_count{method="POST",route="/v1/jobs",status="201"} 2',
    ]),
  );
  expect(text).toContain('process_resident_memory_bytes');
  stream.close();
});
