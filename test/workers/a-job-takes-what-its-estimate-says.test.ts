/** The estimate of what a job takes on disk, held to what it really left there. */
import { cp, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import {
  checkpointsOf,
  firstEvent,
  followToEnd,
  hasTrained,
  isCheckpoint,
  isStatus,
  slowSpec,
  startCluster,
} from '../support/cluster.ts';

async function bytesOnDisk(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(entries.map(async (name) => (await stat(path.join(folder, name))).blocks * 512));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

test('a finished job has taken no more than its estimate, and not much less', async () => {
  const { client, apis, checkpoints } = await startCluster();
  const specs: JobSpecInput[] = [
    { engine: 'simd', preset: 'lookback' },
    {
      engine: 'simd',
      model: { units: 64 },
      optimizer: { type: 'adam' },
      training: { steps: 100, checkpointEvery: 10 },
    },
    { engine: 'simd', training: { steps: 100, checkpointEvery: 10, keep: { last: 2, best: 1 } }, diagnose: false },
  ];
  for (const spec of specs) {
    const validated = await fetch(`${apis[0].url}/v1/jobs/validate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spec),
    });
    const { estimate } = (await validated.json()) as { estimate: { diskBytes: number } };
    const job = await client.submit(spec);
    expect(job.diskBytes).toBe(estimate.diskBytes);
    await followToEnd(client, job.id);
    const taken = await bytesOnDisk(path.join(checkpoints, job.id));
    expect(taken).toBeLessThanOrEqual(estimate.diskBytes);
    expect(taken).toBeGreaterThan(estimate.diskBytes / 4);
  }
}, 60_000);

test('what a paused run has kept beyond the rules goes when the job goes on', async () => {
  const { client, apis } = await startCluster();
  const job = await client.submit(slowSpec({ training: { checkpointEvery: 100, keep: { last: 1, best: 1 } } }));
  await firstEvent(client, job.id, hasTrained(140));
  await client.pause(job.id);
  await firstEvent(client, job.id, isStatus('paused'));
  const { step: pausedAt } = (await checkpointsOf(apis[0].url, job.id)).at(-1)!;
  expect(pausedAt % 100).not.toBe(0);
  await client.resume(job.id);
  await followToEnd(client, job.id);
  const kept = await checkpointsOf(apis[0].url, job.id);
  const best = kept.reduce((one, other) => (other.loss! < one.loss! ? other : one));
  expect(new Set(kept.map(({ step }) => step))).toEqual(new Set([best.step, job.steps]));
}, 60_000);

test('what a run that was killed between writing and pruning has left beyond the rules goes with the next run', async () => {
  const { client, apis, workers, checkpoints, folder } = await startCluster({ spareWorkers: 1 });
  const job = await client.submit(slowSpec({ training: { checkpointEvery: 100, keep: { last: 1, best: 1 } } }));
  const first = path.join(checkpoints, job.id, 'step-100');
  const aside = path.join(folder, 'step-100');
  await firstEvent(client, job.id, isCheckpoint(100));
  await cp(first, aside, { recursive: true });
  await firstEvent(client, job.id, isCheckpoint(300));
  await workers[0].end('SIGKILL');
  await cp(aside, first, { recursive: true });
  expect((await checkpointsOf(apis[0].url, job.id)).map(({ step }) => step)).toContain(100);
  await workers[1].start();
  await followToEnd(client, job.id);
  const kept = (await checkpointsOf(apis[0].url, job.id)).map(({ step }) => step);
  expect(kept).toContain(job.steps);
  expect(kept).not.toContain(100);
}, 60_000);
