/** A connection that somebody opened ahead, and asked nothing on, keeps no app from closing. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('the app closes though a connection is open on which nothing was asked', async () => {
  const { app, url } = await startApp(redis.current);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  // The app has it, too.
  await fetch(`${url}/health/live`);
  const closed = once(socket, 'close');
  await app.close();
  await closed;
  expect(socket.destroyed).toBe(true);
}, 20_000);

test('the app closes at once when the request has been answered that was under way', async () => {
  const { app, request } = await startApp(redis.current);
  const file = readFileSync(path.resolve(import.meta.dirname, '../fixtures/models/torch.safetensors'));
  const arrived = once(app.server, 'request');
  const type = { 'content-type': 'application/octet-stream' };
  const answer = request('POST', '/v1/jobs/import', new Uint8Array(file), type);
  const [incoming] = await arrived;
  // The body is there, and a thread reads it.
  await once(incoming, 'end');
  const since = performance.now();
  await Promise.all([app.close(), answer]);
  expect((await answer).status).toBe(201);
  expect(performance.now() - since).toBeLessThan(10_000);
}, 20_000);
