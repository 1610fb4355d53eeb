/** What the reconciler makes up for: jobs without an entry, entries without a job, runs without a worker. */
import { expect, onTestFinished, test } from 'vitest';
import { claim } from '../../src/jobs/decisions/run-reports.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import { JobStore } from '../../src/jobs/store.ts';
import { Reconciler } from '../../src/jobs/upkeep/reconciler.ts';
import { connect, defaultPrefix, keyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { firstEvent, followToEnd, hasTrained, isStatus, slowSpec, startCluster } from '../support/cluster.ts';

function openStore(url: string) {
  const redis = connect({ url }, 'background');
  const keys = keyNames(defaultPrefix);
  const queue = new JobQueue(redis, keys);
  onTestFinished(async () => {
    await queue.close();
    redis.disconnect();
  });
  return { store: new JobStore(redis, keys), queue };
}

test('a job whose process died before it was queued is run', async () => {
  const { redis, client } = await startCluster();
  const { store } = openStore(redis.url);
  const { job } = await store.create(resolveJobSpec(slowSpec({ training: { steps: 10 } })));
  await followToEnd(client, job.id);
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
}, 60_000);

test('a run that no worker has is taken up by one', async () => {
  const { redis, client } = await startCluster();
  const { store } = openStore(redis.url);
  const { job } = await store.create(resolveJobSpec(slowSpec({ training: { steps: 10 } })));
  await store.change(job.id, claim(1, new Date()));
  const events = await followToEnd(client, job.id);
  expect(events.some(isStatus('running', 2))).toBe(true);
  expect(events.at(-1)).toMatchObject({ data: { status: 'succeeded', attempt: 2 } });
}, 60_000);

test('an entry of the queue without a job is removed, and one with a job stays', async () => {
  const { redis } = await startCluster({ apis: 0, workers: 0 });
  const { store, queue } = openStore(redis.url);
  const { job } = await store.create(resolveJobSpec({}));
  await queue.dispatch([job, { ...job, id: 'job_gone' }]);
  const repairs: unknown[] = [];
  const onError = (error: unknown) => {
    throw error;
  };
  await new Reconciler({ store, queue, onRepair: (repair) => repairs.push(repair), onError }).pass();
  expect(repairs).toEqual([{ job: 'job_gone', attempt: 1, what: 'entry removed' }]);
  expect(await queue.entries()).toEqual([{ id: job.id, attempt: 1 }]);
}, 60_000);

test('a job that is removed while it runs leaves nothing behind', async () => {
  const { redis, client } = await startCluster();
  const { store } = openStore(redis.url);
  const job = await client.submit(slowSpec());
  await firstEvent(client, job.id, hasTrained(20));
  await client.remove(job.id);
  expect(await store.has(job.id)).toBe(false);
  await expect(client.predict(job.id, [[0, 1]])).rejects.toMatchObject({ status: 404 });
}, 60_000);
