/** A connection that somebody opened ahead, and asked nothing on, keeps no app from closing. */
import { once } from 'node:events';
import { connect } from 'node:net';
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
