/**
 * The stream of all jobs: it says when the lists are to be read, and from there on nothing is missing.
 */
import { expect, onTestFinished, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import type { WatchedEvent } from '../../src/jobs/event-feed.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { startApp } from '../support/app.ts';
import { start } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

/** Reads a stream until what has come fits. */
async function watch(url: string) {
  const stop = new AbortController();
  const seen: WatchedEvent[] = [];
  const stream = new LookbackClient(url).watch({ signal: stop.signal });
  const reading = (async () => {
    for await (const event of stream) seen.push(event);
  })().catch(() => {});
  onTestFinished(async () => {
    stop.abort();
    await reading;
  });
  return seen;
}

const typesOf = (events: readonly WatchedEvent[]) => events.map(({ type }) => type);

test('it begins with reread, and brings the events of every job with its id, and removals', async () => {
  const { url, service, store } = await startApp(redis.current);
  const seen = await watch(url);
  await expect.poll(() => typesOf(seen)).toEqual(['reread']);
  const client = new LookbackClient(url);
  const first = await client.submit({ preset: 'lookback' });
  const second = await client.submit({ preset: 'broken' });
  await start(store, first.id);
  await expect.poll(() => seen.length).toBe(4);
  expect(seen.slice(1)).toMatchObject([
    { type: 'status', data: { job: first.id, event: 1, status: 'queued' } },
    { type: 'status', data: { job: second.id, event: 1, status: 'queued' } },
    { type: 'status', data: { job: first.id, event: 2, status: 'running' } },
  ]);
  await service.remove(second.id);
  await expect.poll(() => seen.at(-1)).toEqual({ type: 'removed', data: { job: second.id } });
});

test('it says reread again after an absence of Redis, and goes on', async () => {
  const { url, reconnected } = await startApp(redis.current);
  const seen = await watch(url);
  await expect.poll(() => typesOf(seen)).toEqual(['reread']);
  await redis.current.kill();
  await redis.current.start();
  await reconnected();
  await expect.poll(() => typesOf(seen), { timeout: 10_000 }).toEqual(['reread', 'reread']);
  const { id } = await new LookbackClient(url).submit({ preset: 'lookback' });
  await expect.poll(() => seen.at(-1)).toMatchObject({ type: 'status', data: { job: id } });
});

test('a watcher that does not read is told to read again, and holds no more than a bound', async () => {
  const { feed, store } = await startApp(redis.current);
  const stop = new AbortController();
  const stream = feed.watch(stop.signal);
  expect((await stream.next()).value).toEqual({ type: 'reread' });
  for (let i = 0; i < 11; i++) {
    await Promise.all(Array.from({ length: 100 }, () => store.create(resolveJobSpec({}))));
  }
  // One that was taken up before, then the word that some are missing.
  const next = [await stream.next(), await stream.next()].map(({ value }) => value?.type);
  expect(next).toContain('reread');
  stop.abort();
  await stream.return(undefined);
});
