/**
 * Requests on one connection that do not wait for answers, and bytes that are none: one after the other is answered,
 * and nothing is written into an answer.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { sampleOfData } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { startApp, useApp } from '../support/app.ts';
import { connectRaw } from '../support/raw-socket.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);

const host = 'Host: localhost';
const json = 'Content-Type: application/json';

test('requests that are sent at once are begun one after the other', async () => {
  let running = 0;
  let most = 0;
  const report = examine(await sampleOfData({ spec: resolveJobSpec({}) }, api.current.datasets));
  const { url } = await startApp(redis.current, {
    examine: async () => {
      most = Math.max(most, ++running);
      await setImmediate();
      running--;
      return report;
    },
  });
  const { socket, received } = await connectRaw(url);
  const body = (steps: number) => `{"training":{"steps":${steps}}}`;
  const request = (steps: number) =>
    `${['POST /v1/jobs/validate HTTP/1.1', host, json, `Content-Length: ${body(steps).length}`].join('\r\n')}\r\n\r\n${body(steps)}`;
  const steps = Array.from({ length: 20 }, (_, i) => i + 11);
  socket.write(steps.map(request).join(''));
  const answers = await received(/"steps":30.*"doctor"/s);
  const answered = [...answers.matchAll(/"training":\{"steps":(\d+)/g)].map(([, number]) => Number(number));
  expect(answered).toEqual(steps);
  expect(most).toBe(1);
});

test('a thousand requests for the document hold nobody up', async () => {
  const { socket } = await connectRaw(api.current.url);
  socket.pause();
  socket.write(`GET /openapi.json HTTP/1.1\r\n${host}\r\n\r\n`.repeat(1_000));
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 20; i++) expect((await api.current.request('GET', '/health/live')).status).toBe(200);
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
});

test('of a client that does not read its answers no more is read than may wait, until it reads them', async () => {
  const app = await startApp(redis.current);
  let begun = 0;
  app.app.server.on('request', () => begun++);
  const { socket } = await connectRaw(app.url);
  socket.pause();
  const requests = 30_000;
  socket.write(`GET /metrics HTTP/1.1\r\n${host}\r\nX-Filler: ${'a'.repeat(900)}\r\n\r\n`.repeat(requests));
  // What the system keeps of answers, and what was read at once.
  let before = -1;
  await vi.waitFor(
    () => {
      const isStill = begun === before;
      before = begun;
      expect(isStill && begun > 0).toBe(true);
    },
    { interval: 500, timeout: 20_000 },
  );
  expect(begun).toBeLessThan(requests / 4);
  let answers = 0;
  socket.on('data', (text: string) => (answers += text.split('HTTP/1.1 200').length - 1));
  socket.resume();
  await vi.waitFor(() => expect(answers).toBeGreaterThan(begun / 2 + 1_000), { timeout: 20_000 });
  expect(begun).toBeGreaterThan(before);
}, 60_000);

test('nothing is said of a body that breaks off when its request has been answered', async () => {
  const { socket } = await connectRaw(api.current.url);
  const text = untilItEnds(socket);
  socket.end(`POST /v1/datasets HTTP/1.1\r\n${host}\r\nContent-Type: text/csv\r\nContent-Length: 2000\r\n\r\na,b\n`);
  expect((await text).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  expect(await text).toContain('invalid_input');
});

test('nothing is written into an event stream', async () => {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  const { socket, received } = await connectRaw(api.current.url);
  const text = untilItEnds(socket);
  socket.write(`GET /v1/jobs/${id}/events HTTP/1.1\r\n${host}\r\nAccept: text/event-stream\r\n\r\n`);
  await received(/event: status/);
  socket.write('HELLO\r\n\r\n');
  expect((await text).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
});

/** All that comes on a connection. */
async function untilItEnds(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  await once(socket, 'close');
  return text;
}
