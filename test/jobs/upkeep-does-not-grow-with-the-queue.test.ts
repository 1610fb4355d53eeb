/**
 * What the reconciler costs and finds: a pass takes as many commands of Redis whether few jobs are queued or many, and
 * one process looks at the queue for all.
 */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { endRun } from '../../src/jobs/decisions/run-end.ts';
import { claim } from '../../src/jobs/decisions/run-reports.ts';
import { ask, newJob } from '../../src/jobs/decisions/verbs.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import type { Job } from '../../src/jobs/record.ts';
import { JobStore } from '../../src/jobs/store.ts';
import { Reconciler } from '../../src/jobs/upkeep/reconciler.ts';
import { QueueFullError } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import { connect, keyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const spec = resolveJobSpec({});

function open(prefix = `test-${randomBytes(6).toString('hex')}`) {
  const connection = connect(redis.current, 'background');
  const keys = keyNames(prefix);
  const queue = new JobQueue(connection, keys);
  onTestFinished(async () => {
    await queue.close();
    connection.disconnect();
  });
  const store = new JobStore(connection, keys);
  const repairs: unknown[] = [];
  const onError = (error: unknown) => {
    throw error;
  };
  const reconciler = new Reconciler({ store, queue, onRepair: (repair) => repairs.push(repair), onError });
  const submit = async (count: number) => {
    const jobs: Job[] = [];
    for (let i = 0; i < count; i++) jobs.push((await store.create(spec)).job);
    await queue.dispatch(jobs);
    return jobs;
  };
  return { connection, keys, prefix, queue, store, reconciler, repairs, submit };
}

test('a pass takes no more commands of Redis when more jobs are queued', async () => {
  const { connection, reconciler, submit } = open();
  const commands = async () =>
    Number(/total_commands_processed:(\d+)/.exec(await connection.info('stats'))?.[1] ?? Number.NaN);
  const costOfPass = async () => {
    const before = await commands();
    for (let i = 0; i < 5; i++) await reconciler.pass();
    return (await commands()) - before;
  };
  await submit(150);
  const few = await costOfPass();
  await submit(600);
  const many = await costOfPass();
  expect(few).toBeGreaterThan(100);
  expect(many).toBeLessThan(few * 1.5);
}, 30_000);

test('of several processes one looks at the queue', async () => {
  const first = open();
  const second = open(first.prefix);
  expect(await first.store.upkeep.lead('queue', 60_000)).toBe(true);
  expect(await second.store.upkeep.lead('queue', 60_000)).toBe(false);
  expect(await first.store.upkeep.lead('queue', 1)).toBe(true);
  await expect.poll(() => second.store.upkeep.lead('queue', 60_000)).toBe(true);
  expect(await first.store.upkeep.lead('files', 60_000)).toBe(true);
});

test('a job that was accepted and not queued is marked until it has its entry', async () => {
  const { store, queue } = open();
  const { job } = await store.create(spec);
  expect(await store.upkeep.undispatched(0, 10)).toEqual([job.id]);
  await queue.dispatch([job]);
  expect(await store.upkeep.undispatched(0, 10)).toEqual([]);
  await store.change(job.id, claim(1, new Date()));
  const { job: lost } = await store.change(job.id, endRun(1, 'lost', new Date()));
  expect(await store.upkeep.undispatched(0, 10)).toEqual([job.id]);
  await store.change(job.id, ask('cancel', new Date()));
  expect(await store.upkeep.undispatched(0, 10)).toEqual([]);
  expect(lost.status).toBe('queued');
});

test('an entry that is lost among many is found in a few passes', async () => {
  const { queue, reconciler, repairs, submit } = open();
  const jobs = await submit(250);
  const { id, attempt } = jobs[230];
  await queue.withdraw({ id, attempt });
  for (let i = 0; i < 15; i++) await reconciler.pass();
  expect(repairs).toEqual([{ job: id, attempt: 1, what: 'dispatched' }]);
  expect(await queue.withoutEntry(jobs)).toEqual([]);
}, 30_000);

test('an entry without a job is found among many', async () => {
  const { queue, reconciler, repairs, submit } = open();
  await submit(150);
  await queue.dispatch([newJob('job_gone', spec, new Date()).job]);
  for (let i = 0; i < 10; i++) await reconciler.pass();
  expect(repairs).toEqual([{ job: 'job_gone', attempt: 1, what: 'entry removed' }]);
}, 30_000);

test('one job more than may be queued is refused, and a repeated request finds its job all the same', async () => {
  const { connection, keys, store } = open();
  const { job } = await store.create(spec, 'key');
  const others = Array.from({ length: limits.queuedJobs - 2 }, (_, i) => [i + 10, `job_${i}`]).flat();
  await connection.zadd(keys.jobsOfStatus('queued'), ...(others as (string | number)[]));
  const submissions = await Promise.allSettled(Array.from({ length: 5 }, () => store.create(spec)));
  expect(submissions.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refused = submissions.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(refused.reason).toBeInstanceOf(QueueFullError);
  expect(await store.create(spec, 'key')).toMatchObject({ repeated: true, job: { id: job.id } });
  await expect(store.create(spec, 'other')).rejects.toThrow(QueueFullError);
  await store.change(job.id, ask('cancel', new Date()));
  expect((await store.create(spec, 'other')).repeated).toBe(false);
});
