/**
 * Runs that lose their process or their worker: they go on from the last checkpoint and end in the same weights.
 */
import { describe, expect, test } from 'vitest';
import type { RemoteEvent } from '../../src/client/client.ts';
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
    expect(reasons(events)).toContain('recovering: its worker was lost');
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

  test('three times without another checkpoint fails as poison, and a retry goes on from what there is', async () => {
    const { client, workers } = await startCluster();
    workers[0].onLog(({ msg, pid }) => {
      if (msg === 'training' && isDeadly) process.kill(pid!, 'SIGKILL');
    });
    let isDeadly = true;
    const job = await client.submit(slowSpec());
    await followToEnd(client, job.id);
    const failed = await client.job(job.id);
    expect(failed).toMatchObject({ status: 'failed', attempt: 3 });
    expect(failed.error).toMatchObject({ category: 'infrastructure', code: 'poison' });

    isDeadly = false;
    await client.ask('retry', job.id);
    const events = await followToEnd(client, job.id);
    expect(events.findLast((event) => event.type === 'status')).toMatchObject({
      data: { status: 'succeeded', attempt: 4 },
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
    const refused = worker.logged(({ msg }) => msg === 'another attempt has taken over, or the job is gone');
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
