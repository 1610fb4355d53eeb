/** Pause, resume, cancel and retry of runs under way: what is trained is the same to the bit. */
import { expect, test } from 'vitest';
import type { RemoteEvent } from '../../src/client/client.ts';
import {
  finalHash,
  firstEvent,
  followToEnd,
  hasTrained,
  isStatus,
  slowSpec,
  startCluster,
  undisturbedHash,
} from '../support/cluster.ts';

const curve = (events: RemoteEvent[]) =>
  events.flatMap((event) => (event.type === 'progress' ? [[event.data.step, event.data.loss]] : []));

test('the same spec trained twice gives the same curve and the same weights, to the bit', async () => {
  const { client, apis } = await startCluster();
  const spec = slowSpec({ training: { steps: 200 } });
  const jobs = [await client.submit(spec), await client.submit(spec)];
  const curves = [];
  for (const job of jobs) curves.push(curve(await followToEnd(client, job.id)));
  expect(curves[0].length).toBeGreaterThan(5);
  expect(curves[0]).toEqual(curves[1]);
  expect(await finalHash(apis[0].url, jobs[0])).toBe(await finalHash(apis[0].url, jobs[1]));
}, 90_000);

test('a job that is paused wherever it happens to be, and resumed on any worker, ends in the same weights', async () => {
  const cluster = await startCluster({ workers: 2 });
  const { client, apis } = cluster;
  for (const rows of ['independent', 'lanes', 'flat'] as const) {
    const spec = slowSpec({ data: { batchSize: 16, sequenceLength: 50, rows } });
    const job = await client.submit(spec);
    for (const step of [60, 180]) {
      await firstEvent(client, job.id, hasTrained(step));
      await client.pause(job.id);
      const attempt = step === 60 ? 1 : 2;
      await firstEvent(client, job.id, isStatus('paused', attempt));
      expect(await client.job(job.id)).toMatchObject({ status: 'paused', error: null });
      await client.resume(job.id);
    }
    await followToEnd(client, job.id);
    expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 3 });
    expect(await finalHash(apis[0].url, job), rows).toBe(await undisturbedHash(cluster, spec));
  }
}, 120_000);

test('a job that is cancelled keeps the work it has done, unless that is not wanted; retry goes on from there, or from the beginning', async () => {
  const cluster = await startCluster();
  const { client, apis } = cluster;
  const url = apis[0].url;
  const rare = slowSpec({ training: { checkpointEvery: 10_000 } });
  const [kept, dropped] = [await client.submit(rare), await client.submit(rare)];
  const cancel = (id: string, query = '') => fetch(`${url}/v1/jobs/${id}/cancel${query}`, { method: 'POST' });

  await firstEvent(client, kept.id, hasTrained(40));
  await cancel(kept.id);
  const events = await followToEnd(client, kept.id);
  const work = events.find((event) => event.type === 'checkpoint');
  expect(work?.data.step).toBeGreaterThanOrEqual(40);

  await firstEvent(client, dropped.id, hasTrained(40));
  await cancel(dropped.id, '?checkpoint=false');
  expect((await followToEnd(client, dropped.id)).some(({ type }) => type === 'checkpoint')).toBe(false);

  for (const [id, from] of [
    [kept.id, 'beginning'],
    [dropped.id, 'checkpoint'],
  ]) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ from });
    expect((await fetch(`${url}/v1/jobs/${id}/retry`, { method: 'POST', headers, body })).status).toBe(200);
    const again = await followToEnd(client, id);
    const rerun = again.slice(again.findIndex(isStatus('running', 2)));
    // Both have nothing to go on from: one by request, the other because nothing was kept.
    expect(rerun.find((event) => event.type === 'progress')?.data.step).toBe(1);
    expect(await client.job(id)).toMatchObject({ status: 'succeeded' });
  }
  expect(await finalHash(url, kept)).toBe(await finalHash(url, dropped));
}, 120_000);
