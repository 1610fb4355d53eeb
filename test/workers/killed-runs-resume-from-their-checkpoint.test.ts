/**
 * Runs that lose their process or their worker: they go on from the last checkpoint and end in the same weights.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RemoteEvent } from '../../src/client/client.ts';
import { JobStore } from '../../src/jobs/store.ts';
import { connect, defaultPrefix, keyNames } from '../../src/platform/redis/connections.ts';
import {
  finalHash,
  firstEvent,
  followToEnd,
  hasTrained,
  isCheckpoint,
  isStatus,
  slowSpec,
  startCluster,
  training,
  undisturbedHash,
} from '../support/cluster.ts';

const reasons = (events: RemoteEvent[]) =>
  events.flatMap((event) => (event.type === 'status' ? event.data.reason : []));
const ids = (events: RemoteEvent[]) => events.map(({ id }) => id);

async function setRecoveries(url: string, id: string, recoveries: number): Promise<void> {
  const redis = connect({ url }, 'background');
  onTestFinished(() => redis.disconnect());
  const store = new JobStore(redis, keyNames(defaultPrefix));
  await store.change(id, (job) => ({ status: 'changed', job: { ...job, recoveries }, events: [] }));
}

describe('a run that is killed', { timeout: 90_000 }, () => {
  test('with its child process goes on from the last checkpoint as the next attempt, to the same weights', async () => {
    const cluster = await startCluster();
    const { client, workers, apis } = cluster;
    const started = training(workers[0]);
    const job = await client.submit(slowSpec());
    const { pid } = await started;
    await firstEvent(client, job.id, isCheckpoint(200));
    process.kill(pid!, 'SIGKILL');

    const events = await followToEnd(client, job.id);
    expect(ids(events)).toEqual(events.map((_, i) => i + 1));
    expect(reasons(events)).toContain('recovering: its process was ended by SIGKILL');
    const restart = events.findIndex(isStatus('running', 2));
    const [firstStep] = events.slice(restart).flatMap((event) => (event.type === 'progress' ? event.data.step : []));
    expect(firstStep).toBeGreaterThan(200);
    expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 2, step: 600 });
    expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, slowSpec()));
  });

  test('with its whole worker goes on with another worker', async () => {
    const cluster = await startCluster({ workers: 2 });
    const { client, workers, apis } = cluster;
    const owner = Promise.race(workers.map((worker) => training(worker).then(() => worker)));
    const job = await client.submit(slowSpec());
    const worker = await owner;
    await firstEvent(client, job.id, isCheckpoint(100));
    await worker.end('SIGKILL');

    await followToEnd(client, job.id);
    expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, slowSpec()));
  });

  test('again and again waits longer each time, says when it goes on, and then fails as poison with the last cause', async () => {
    const { client, workers, redis } = await startCluster();
    workers[0].onLog(({ event, pid }) => {
      if (event === 'run-started' && isDeadly) process.kill(pid!, 'SIGKILL');
    });
    let isDeadly = true;
    const job = await client.submit(slowSpec());
    // Three losses within a second once were poison.
    const thirdLoss = await firstEvent(client, job.id, isStatus('queued', 3));
    expect(thirdLoss.data).toMatchObject({ cause: { code: 'process_lost' }, retryAt: expect.any(String) });
    const waiting = await client.job(job.id);
    expect(waiting).toMatchObject({ status: 'queued', retryAt: Reflect.get(thirdLoss.data, 'retryAt') });
    await firstEvent(client, job.id, isStatus('queued', 4));
    const { data: resumed } = await firstEvent(client, job.id, isStatus('running', 4));
    expect(resumed).not.toHaveProperty('retryAt');
    expect(Date.parse(resumed.at)).toBeGreaterThanOrEqual(Date.parse(waiting.retryAt!) - 50);

    // The waits that are left take more than a minute.
    await setRecoveries(redis.url, job.id, 5);
    await client.pause(job.id);
    await client.resume(job.id);
    await followToEnd(client, job.id);
    const failed = await client.job(job.id);
    expect(failed).toMatchObject({ status: 'failed', attempt: 5 });
    expect(failed.error).toMatchObject({ category: 'infrastructure', code: 'poison' });
    expect(failed.error?.message).toContain('its process was ended by SIGKILL');

    isDeadly = false;
    await client.retry(job.id);
    const events = await followToEnd(client, job.id);
    expect(events.findLast((event) => event.type === 'status')).toMatchObject({
      data: { status: 'succeeded', attempt: 6 },
    });
  });

  test('because its worker stood still is taken over, and what the old one writes late is refused', async () => {
    const cluster = await startCluster({ workers: 2 });
    const { client, workers, apis } = cluster;
    const owner = Promise.race(workers.map((worker) => training(worker).then(() => worker)));
    const spec = slowSpec();
    const job = await client.submit(spec);
    const worker = await owner;
    await firstEvent(client, job.id, hasTrained(20));
    worker.signal('SIGSTOP');
    await firstEvent(client, job.id, isStatus('running', 2));
    const refused = worker.logged(({ event }) => event === 'run-fenced');
    worker.signal('SIGCONT');
    await refused;

    const events = await followToEnd(client, job.id);
    const afterTakeover = events.slice(events.findIndex(isStatus('running', 2)));
    const steps = afterTakeover.flatMap((event) => (event.type === 'progress' ? event.data.step : []));
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, spec));
  });
});
