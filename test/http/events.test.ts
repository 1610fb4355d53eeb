/**
 * Event streams keep their word: from any point on, in order, without gap or duplicate, to the terminal event.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Job } from '../../src/jobs/record.ts';
import type { JobStore } from '../../src/jobs/store.ts';
import { type Json, startApp, type TestApp } from '../support/app.ts';
import { idsFrom, openStream } from '../support/event-stream.ts';
import { progressTo, start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

async function submit({ request }: TestApp): Promise<string> {
  const { body } = await request('POST', '/v1/jobs', { preset: 'working' });
  return body.id;
}

/** A job that is over: its events are submitted, started, the reports, succeeded. */
async function finishedJob(api: TestApp, reports: number): Promise<string> {
  const id = await submit(api);
  const job = await start(api.store, id);
  for (let step = 1; step <= reports; step++) await progressTo(api.store, job, step);
  await succeed(api.store, job);
  return id;
}

test('a stream begins at once, tells what happens as it happens, and ends after the terminal status', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const stream = await openStream(`${api.url}/v1/jobs/${id}/events`);
  expect(stream.response.status).toBe(200);
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  expect(stream.response.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
  expect(await stream.next()).toMatchObject({ id: 1, name: 'status', data: { status: 'queued', attempt: 0 } });
  expect(stream.retry).toBe(1000);

  const job = await start(api.store, id);
  expect(await stream.next()).toMatchObject({ id: 2, name: 'status', data: { status: 'running', attempt: 1 } });
  await progressTo(api.store, job, 300);
  expect(await stream.next()).toMatchObject({
    id: 3,
    name: 'progress',
    data: { step: 300, steps: 3000, loss: 1 / 300 },
  });
  await succeed(api.store, job);
  const last = await stream.next();
  expect(last).toMatchObject({ id: 4, name: 'status', data: { status: 'succeeded' } });
  expect(new Date(String(last?.data.at)).getTime()).toBeGreaterThan(0);
  expect(await stream.next()).toBeUndefined();
});

test('Last-Event-ID, and ?after=, replay exactly what the client does not have', async () => {
  const api = await startApp(redis.current);
  const id = await finishedJob(api, 5);
  const url = `${api.url}/v1/jobs/${id}/events`;
  const whole = await (await openStream(url)).rest();
  expect(whole.map((event) => event.id)).toEqual(idsFrom(1, 8));
  for (const after of [0, 1, 5, 7]) {
    const byHeader = await openStream(url, { 'last-event-id': String(after) });
    expect(await byHeader.rest()).toEqual(whole.slice(after));
    const byQuery = await openStream(`${url}?after=${after}`);
    expect(await byQuery.rest()).toEqual(whole.slice(after));
  }
  // A reconnecting EventSource repeats its URL, so that the header has the last word.
  const both = await openStream(`${url}?after=1`, { 'last-event-id': '6' });
  expect((await both.rest()).map((event) => event.id)).toEqual([7, 8]);
});

test('a reconnect after the terminal event gets 204, which ends an EventSource', async () => {
  const api = await startApp(redis.current);
  const id = await finishedJob(api, 1);
  for (const last of ['4', '5', '9007199254740991']) {
    const over = await api.request('GET', `/v1/jobs/${id}/events`, undefined, { 'last-event-id': last });
    expect(over.status).toBe(204);
    expect(over.text).toBe('');
  }
});

test('a stream of a job that was retried goes on behind its first end', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  await api.request('POST', `/v1/jobs/${id}/cancel`);
  await api.request('POST', `/v1/jobs/${id}/retry`);
  const stream = await openStream(`${api.url}/v1/jobs/${id}/events`);
  for (const status of ['queued', 'cancelled', 'queued']) expect((await stream.next())?.data.status).toBe(status);
  await succeed(api.store, await start(api.store, id));
  expect((await stream.rest()).map(({ data }) => data.status)).toEqual(['running', 'succeeded']);
});

test('a client that is ahead of the log, as after Redis lost a second, gets what comes next', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const stream = await openStream(`${api.url}/v1/jobs/${id}/events?after=50`);
  await start(api.store, id);
  expect(await stream.next()).toMatchObject({ id: 2, data: { status: 'running' } });
  stream.close();
});

test('followers who join at any moment of a busy job see every id once', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const job = await start(api.store, id);
  const url = `${api.url}/v1/jobs/${id}/events`;
  const reports = 60;
  const followers: Promise<number[]>[] = [];
  const follow = async () => (await (await openStream(url)).rest()).map((event) => event.id);
  for (let step = 1; step <= reports; step++) {
    if (step % 5 === 1) followers.push(follow());
    await writeThreeAtOnce(api.store, job, step);
  }
  await succeed(api.store, job);
  for (const ids of await Promise.all(followers)) expect(ids).toEqual(idsFrom(1, 3 + 3 * reports));
});

function writeThreeAtOnce(store: JobStore, job: Job, step: number): Promise<unknown> {
  return Promise.all([1, 2, 3].map(() => progressTo(store, job, step)));
}

test.each([496, 497, 498, 499])('a log of %i events and three more ends, wherever its pages do', async (reports) => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const job = await start(api.store, id);
  const events = Array.from({ length: reports }, (_, i) => progressEvent(i + 1, job.steps));
  await api.store.change(id, (current) => ({ status: 'changed', job: current, events }));
  await succeed(api.store, job);
  const received = await (await openStream(`${api.url}/v1/jobs/${id}/events`)).rest();
  expect(received.map((event) => event.id)).toEqual(idsFrom(1, reports + 3));
});

function progressEvent(step: number, steps: number) {
  return { type: 'progress' as const, data: { step, steps, loss: 1, accuracy: 0, stepsPerSecond: 1 } };
}

test('with Accept: application/json the log comes in pages', async () => {
  const api = await startApp(redis.current);
  const id = await finishedJob(api, 5);
  const accept = { accept: 'application/json' };
  const first = await api.request('GET', `/v1/jobs/${id}/events?limit=5`, undefined, accept);
  expect(first.body.data.map((event: Json) => event.id)).toEqual([1, 2, 3, 4, 5]);
  expect(first.body.data[2]).toMatchObject({ id: 3, type: 'progress', data: { step: 1 } });
  expect(first.body.nextCursor).toBe('5');
  const second = await api.request('GET', `/v1/jobs/${id}/events?limit=5&after=5`, undefined, accept);
  expect(second.body.data.map((event: Json) => event.id)).toEqual([6, 7, 8]);
  expect(second.body.nextCursor).toBeNull();
  const after = await api.request('GET', `/v1/jobs/${id}/events?after=8`, undefined, accept);
  expect(after.body).toEqual({ data: [], nextCursor: null });
});

test('a missing job has no events, and an id that is none is refused', async () => {
  const { request } = await startApp(redis.current);
  for (const accept of ['text/event-stream', 'application/json']) {
    const missing = await request('GET', '/v1/jobs/job_missing/events', undefined, { accept });
    expect(missing.status).toBe(404);
    expect(missing.body.code).toBe('job_not_found');
  }
  for (const id of ['-1', '1.5', 'x', '1\tid: 2', '99999999999999999']) {
    const refused = await request('GET', '/v1/jobs/job_missing/events', undefined, { 'last-event-id': id });
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0].path).toBe('last-event-id');
  }
});

test('HEAD answers what GET would, without holding a stream open', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
});

test('heart-beats keep a quiet stream alive', async () => {
  const api = await startApp(redis.current, { heartbeatMs: 5 });
  const stream = await openStream(`${api.url}/v1/jobs/${await submit(api)}/events`);
  await stream.heartbeat();
  await stream.heartbeat();
  expect(stream.comments.length).toBeGreaterThanOrEqual(2);
  stream.close();
});

test('removing a job ends its streams', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const stream = await openStream(`${api.url}/v1/jobs/${id}/events`);
  await stream.next();
  expect((await api.request('DELETE', `/v1/jobs/${id}`)).status).toBe(204);
  expect((await stream.rest()).map(({ data }) => data.status)).toEqual(['cancelled']);
  expect((await api.request('GET', `/v1/jobs/${id}/events`)).status).toBe(404);
});

test('closing the app ends open streams cleanly, so that clients come back with what they have', async () => {
  const first = await startApp(redis.current);
  const id = await submit(first);
  const stream = await openStream(`${first.url}/v1/jobs/${id}/events`);
  const seen = await stream.next();
  await first.app.close();
  expect(await stream.rest()).toEqual([]);

  const second = await startApp(redis.current, { prefix: first.prefix });
  await succeed(second.store, await start(second.store, id));
  const resumed = await openStream(`${second.url}/v1/jobs/${id}/events`, { 'last-event-id': String(seen?.id) });
  expect((await resumed.rest()).map((event) => event.id)).toEqual([2, 3]);
});

test('an app closes although a client reads nothing of what was sent to it', async () => {
  const api = await startApp(redis.current);
  const id = await submit(api);
  const job = await start(api.store, id);
  const socket = await silentClient(api.url, `/v1/jobs/${id}/events`);
  await writeMegabytes(api.store, job, 30);
  await api.app.close();
  socket.resume();
  await once(socket, 'close');
});

test('the time until a reconnect comes with the first event: a block of its own would be a message to simple clients', async () => {
  const api = await startApp(redis.current);
  const id = await finishedJob(api, 1);
  const text = await (await fetch(`${api.url}/v1/jobs/${id}/events`)).text();
  const blocks = text.split('\n\n').filter((block) => block !== '');
  expect(blocks[0]).toMatch(/^retry: 1000\nid: 1\nevent: status\ndata: \{/);
  for (const block of blocks) expect(block).toMatch(/^data: /m);
});

test.each([
  ['*/*', 200, 'text/event-stream'],
  ['text/event-stream', 200, 'text/event-stream'],
  ['text/html, */*;q=0.8', 200, 'text/event-stream'],
  ['application/json', 200, 'application/json'],
  ['application/*', 200, 'application/json'],
  ['text/event-stream;q=0.1, application/json', 200, 'application/json'],
  ['text/event-stream;q=0, application/json;q=0.1', 200, 'application/json'],
  ['application/json;q=0, */*', 200, 'text/event-stream'],
  ['text/html', 406, 'application/problem+json'],
  ['*/*;q=0', 406, 'application/problem+json'],
])('Accept: %s', async (accept, status, type) => {
  const api = await startApp(redis.current);
  const id = await finishedJob(api, 1);
  const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { headers: { accept } });
  expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([status, type]);
  if (status === 406) expect(await response.json()).toMatchObject({ code: 'not_acceptable' });
});

test('a client that does not read is cut, and costs no more than a buffer until then', async () => {
  const api = await startApp(redis.current, { heartbeatMs: 20 });
  const id = await submit(api);
  const job = await start(api.store, id);
  const socket = await silentClient(api.url, `/v1/jobs/${id}/events`);
  const cut = once(socket, 'close');
  await writeMegabytes(api.store, job, 30);
  // The server has more to say than the socket holds, nobody reads, and two heart-beats later the connection is gone.
  await serverHasNoConnections(api);
  socket.resume();
  await cut;
  expect(socket.bytesRead).toBeLessThan(30_000_000);
});

/** Events that are together longer than any buffer of a socket. */
async function writeMegabytes(store: JobStore, { id, status }: Job, count: number): Promise<void> {
  const reason = 'x'.repeat(1_000_000);
  for (let i = 0; i < count; i++) {
    const events = [{ type: 'status' as const, data: { status, attempt: 1, reason } }];
    await store.change(id, (job) => ({ status: 'changed', job, events }));
  }
}

/** Sends a request and reads nothing of the answer. */
async function silentClient(url: string, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  return socket;
}

async function serverHasNoConnections({ url }: TestApp): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (/^lookback_event_streams 0$/m.test(metrics)) return;
  }
}
