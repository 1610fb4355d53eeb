/** Jobs that are over are removed by age and by count, with their files; jobs that are not over never are. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ask } from '../../src/jobs/decisions/verbs.ts';
import { JobRetention } from '../../src/jobs/upkeep/retention.ts';
import { type KeptJobs, readConfig } from '../../src/platform/config.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const spec = resolveJobSpec({});
const all = Number.POSITIVE_INFINITY;

async function finished({ store }: TestApp, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const { job } = await store.create(spec);
    await succeed(store, await start(store, job.id));
    ids.push(job.id);
  }
  return ids;
}

function retention({ store, service }: TestApp, kept: KeptJobs): JobRetention {
  return new JobRetention({ store, jobs: service, logger: pino({ level: 'silent' }) }, kept);
}

const left = async ({ store }: TestApp) => (await store.list({ limit: 100 })).jobs.map(({ id }) => id).reverse();

test('of too many jobs those that have been over for longest go, with their events', async () => {
  const app = await startApp(redis.current);
  const ids = await finished(app, 5);
  const { job: queued } = await app.store.create(spec);
  expect(await retention(app, { ms: all, count: 2 }).pass()).toBe(3);
  expect(await left(app)).toEqual([...ids.slice(3), queued.id]);
  expect((await app.request('GET', `/v1/jobs/${ids[0]}/events`)).status).toBe(404);
  expect(await retention(app, { ms: all, count: 2 }).pass()).toBe(0);
});

test('jobs go when they have been over for long enough', async () => {
  const app = await startApp(redis.current);
  await finished(app, 3);
  expect(await retention(app, { ms: 60_000, count: all }).pass()).toBe(0);
  const pass = async () => {
    await retention(app, { ms: 1, count: all }).pass();
    return left(app);
  };
  await expect.poll(pass).toEqual([]);
});

test('a job that is retried is not over, and stays', async () => {
  const app = await startApp(redis.current);
  const { job } = await app.store.create(spec);
  await app.store.change(job.id, ask('cancel', new Date()));
  await app.store.change(job.id, ask('retry', new Date()));
  expect(await app.service.removeIfOver(job.id)).toBe(false);
  expect(await retention(app, { ms: all, count: 0 }).pass()).toBe(0);
  expect(await left(app)).toEqual([job.id]);
});

test.each([
  ['30d', { ms: 30 * 86_400_000, count: all }],
  ['500', { ms: all, count: 500 }],
  ['12h,500', { ms: 12 * 3_600_000, count: 500 }],
  ['all', { ms: all, count: all }],
  ['', { ms: all, count: 10_000 }],
])('LOOKBACK_KEEP_JOBS=%s', (text, expected) => {
  expect(readConfig({ LOOKBACK_KEEP_JOBS: text }).keptJobs).toEqual(expected);
});

test.each(['30d,', 'forever', '30d 100', '-1', ',5'])('LOOKBACK_KEEP_JOBS=%s is refused', (text) => {
  expect(() => readConfig({ LOOKBACK_KEEP_JOBS: text })).toThrow(/must be an age, a count or both/);
});
