/**
 * Those who follow a job get every event once and in order, also across a Redis that dies and comes back.
 */
import { expect, test } from 'vitest';
import type { JobEvent } from '../../src/jobs/event.ts';
import { NotFoundError } from '../../src/platform/errors.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { idsFrom } from '../support/event-stream.ts';
import { startGatedProxy } from '../support/gated-proxy.ts';
import { createJobs, progressTo, start, succeed, type TestJobs } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const spec = resolveJobSpec({});

async function followedIds({ events }: TestJobs, id: string, after = 0): Promise<number[]> {
  const ids: number[] = [];
  for await (const event of events.follow(id, after, new AbortController().signal)) ids.push(event.id);
  return ids;
}

test('a Redis that is killed and comes back costs followers no event and repeats none', async () => {
  const jobs = await createJobs(redis.current);
  const { store } = jobs;
  const { id } = (await store.create(spec)).job;
  const job = await start(store, id);
  const before = [followedIds(jobs, id), followedIds(jobs, id, 1)];
  await Promise.all([1, 2, 3, 4, 5].map((step) => progressTo(store, job, step)));
  await redis.current.kill();
  const meanwhile = followedIds(jobs, id);
  await redis.current.start();
  await jobs.reconnected();
  await Promise.all([6, 7, 8].map((step) => progressTo(store, job, step)));
  await succeed(store, job);
  expect(await Promise.all([...before, meanwhile])).toEqual([idsFrom(1, 11), idsFrom(2, 11), idsFrom(1, 11)]);
});

test('what happens between a new connection and its subscription is not missed', async () => {
  const proxy = await startGatedProxy(redis.current.port);
  const jobs = await createJobs(redis.current, { subscriberUrl: `redis://127.0.0.1:${proxy.port}` });
  const { store, events } = jobs;
  const job = await start(store, (await store.create(spec)).job.id);
  const following = events.follow(job.id, 0, new AbortController().signal);
  const subscribed = proxy.answered('subscribe');
  expect([(await following.next()).value?.id, (await following.next()).value?.id]).toEqual([1, 2]);
  const last = following.next();
  await subscribed;
  await proxy.cutAndHold('subscribe');
  await succeed(store, job);
  proxy.release();
  expect((await last).value).toMatchObject({ id: 3, data: { status: 'succeeded' } });
});

test('a follower that falls behind goes back to the log, and holds no more than a few events', async () => {
  const { store, events } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const job = await start(store, id);
  const slow = events.follow(id, 0, new AbortController().signal);
  const ids = [(await slow.next()).value?.id];
  await Promise.all(Array.from({ length: 300 }, (_, i) => progressTo(store, job, i + 1)));
  await succeed(store, job);
  for await (const event of slow) ids.push(event.id);
  expect(ids).toEqual(idsFrom(1, 303));
});

test('the last follower to leave a job ends its subscription, and a later one begins it again', async () => {
  const { store, events } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  for (let round = 0; round < 3; round++) {
    const stop = new AbortController();
    const following = events.follow(id, 0, stop.signal);
    expect((await following.next()).value).toMatchObject({ id: 1 });
    const next = following.next();
    stop.abort();
    expect((await next).done).toBe(true);
  }
  const stays = events.follow(id, 1, new AbortController().signal);
  const next = stays.next();
  await start(store, id);
  expect((await next).value).toMatchObject({ id: 2 });
  await stays.return(undefined);
});

test('followers of a job that is removed still get its last events', async () => {
  const proxy = await startGatedProxy(redis.current.port);
  const { store, events } = await createJobs(redis.current, { subscriberUrl: `redis://127.0.0.1:${proxy.port}` });
  const { id } = (await store.create(spec)).job;
  const subscribed = proxy.answered('subscribe');
  const following = events.follow(id, 0, new AbortController().signal);
  expect((await following.next()).value).toMatchObject({ id: 1 });
  await subscribed;
  const job = await start(store, id);
  expect((await following.next()).value).toMatchObject({ id: 2 });
  await progressTo(store, job, 1);
  await store.remove(await store.read(id));
  expect((await following.next()).value).toMatchObject({ id: 3, type: 'progress' });
  expect((await following.next()).done).toBe(true);
});

test('a follower of a missing job is told so', async () => {
  const { events } = await createJobs(redis.current);
  const following = events.follow('job_missing', 0, new AbortController().signal);
  await expect(following.next()).rejects.toThrow(NotFoundError);
});

test('a thousand followers of one job share one subscription, and each gets every event', async () => {
  const jobs = await createJobs(redis.current);
  const job = await start(jobs.store, (await jobs.store.create(spec)).job.id);
  const followers = Array.from({ length: 1000 }, () => followedIds(jobs, job.id));
  for (let step = 1; step <= 5; step++) await progressTo(jobs.store, job, step);
  await succeed(jobs.store, job);
  for (const ids of await Promise.all(followers)) expect(ids).toEqual(idsFrom(1, 8));
});

test('an event carries the time of Redis', async () => {
  const { store, events } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const { value } = await events.follow(id, 0, new AbortController().signal).next();
  const { at } = value as JobEvent;
  expect(new Date(at).toISOString()).toBe(at);
});
