/**
 * The client over a service whose connections break: what may be repeated is, a submission makes one job, and all else
 * is sent once.
 */
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  ApiConflictError,
  ApiInputError,
  ApiNotFoundError,
  everyPage,
  LookbackClient,
} from '../../src/client/client.ts';
import { startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

/** What becomes of the requests, in turn; those that follow pass. `lost`: it is answered, and nobody hears of it. */
type Fate = 'broken' | 'busy' | 'lost' | 'passed';

/** Before the real app, a proxy that lets requests fail. */
async function startFailing(fates: Fate[]) {
  const app = await startApp(redis.current);
  let requests = 0;
  const proxy = createServer((incoming, outgoing) => {
    const fate = fates[requests++];
    if (fate === 'broken') return void incoming.socket.destroy();
    if (fate === 'busy') return void outgoing.writeHead(503, { 'retry-after': '0' }).end('{"code":"busy"}');
    const { method, headers, url } = incoming;
    const onward = forward(app.url + url, { method, headers }, (answer) => {
      if (fate === 'lost') return void outgoing.destroy();
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  onTestFinished(() => void proxy.close());
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const client = new LookbackClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  return { client, requests: () => requests };
}

test('a submission whose answer is lost makes one job', async () => {
  const { client, requests } = await startFailing(['lost', 'busy']);
  const job = await client.submit({ preset: 'lookback' });
  expect(requests()).toBe(3);
  expect((await client.jobs()).data.map(({ id }) => id)).toEqual([job.id]);
});

test('reading is tried again, and given up after so many tries', async () => {
  const { client, requests } = await startFailing([
    'broken',
    'busy',
    'broken',
    'passed',
    ...Array<Fate>(4).fill('busy'),
  ]);
  expect(await client.workers()).toEqual([]);
  expect(requests()).toBe(4);
  await expect(client.presets()).rejects.toMatchObject({ status: 503, code: 'busy', retryAfterSeconds: 0 });
  expect(requests()).toBe(8);
});

test('what changes something and carries no key is sent once', async () => {
  const { client, requests } = await startFailing(['broken']);
  await expect(client.cancel('job_00000000000000000000000000')).rejects.toThrow(TypeError);
  expect(requests()).toBe(1);
});

test('refusals are errors of their kind, and are not repeated', async () => {
  const { client, requests } = await startFailing([]);
  await expect(client.job('job_00000000000000000000000000')).rejects.toThrow(ApiNotFoundError);
  const refused = client.submit({ model: { units: 5000 }, preset: 'lookback' });
  await expect(refused).rejects.toBeInstanceOf(ApiInputError);
  await expect(refused).rejects.toMatchObject({ errors: [{ path: 'model.units' }, {}, {}] });
  await client.submit({ preset: 'lookback' }, { idempotencyKey: 'a' });
  await expect(client.submit({ preset: 'broken' }, { idempotencyKey: 'a' })).rejects.toThrow(ApiConflictError);
  expect(requests()).toBe(4);
});

test('all of a list comes page by page', async () => {
  const { client, requests } = await startFailing([]);
  const submitted: string[] = [];
  for (let i = 0; i < 5; i++) submitted.unshift((await client.submit({ preset: 'lookback' })).id);
  const before = requests();
  const found: string[] = [];
  for await (const { id } of everyPage((cursor) => client.jobs({ limit: 2, cursor }))) found.push(id);
  expect(found).toEqual(submitted);
  expect(requests() - before).toBe(3);
});

test('a stream ends when its caller says so', async () => {
  const { client } = await startFailing([]);
  const { id } = await client.submit({ preset: 'lookback' });
  const ending = new AbortController();
  const seen: string[] = [];
  const following = async () => {
    for await (const { type } of client.events(id, 0, { signal: ending.signal })) {
      seen.push(type);
      ending.abort(new Error('enough'));
    }
  };
  await expect(following()).rejects.toThrow('enough');
  expect(seen).toEqual(['status']);
});
