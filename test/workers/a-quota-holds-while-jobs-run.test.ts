/** The quota of checkpoints, held while a job runs: the job waits, says for what, and goes on by itself to the same weights. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  eventually,
  finalHash,
  firstEvent,
  followToEnd,
  isStatus,
  slowSpec,
  startCluster,
  undisturbedHash,
} from '../support/cluster.ts';

const quota = 2_000_000;

test('a job whose next checkpoint would go beyond the quota is paused, and goes on when there is room', async () => {
  const environment = { LOOKBACK_MAX_CHECKPOINT_BYTES: String(quota) };
  const cluster = await startCluster({ environment, workers: 0, spareWorkers: 1 });
  const { client, apis } = cluster;
  const job = await client.submit(slowSpec());
  // What others have written since it was accepted.
  const others = path.join(cluster.checkpoints, 'job_of_others');
  await mkdir(others, { recursive: true });
  await writeFile(path.join(others, 'weights.bin'), Buffer.alloc(quota - 10_000));
  await cluster.workers[0].start();

  await firstEvent(client, job.id, isStatus('paused'));
  const paused = await client.job(job.id);
  expect(paused).toMatchObject({ error: { category: 'capacity', code: 'checkpoint_quota' }, checkpointStep: null });
  expect(paused.waitingFor?.reason).toBe('room');
  expect(paused.waitingFor?.message).toContain(`LOOKBACK_MAX_CHECKPOINT_BYTES is ${quota}`);

  await rm(others, { recursive: true });
  await followToEnd(client, job.id);
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', error: null });
  const hash = await finalHash(apis[0].url, job);
  await client.remove(job.id);
  // What the removed job took is measured again within 10 s.
  await eventually(
    () => undisturbedHash(cluster, slowSpec()).catch(() => undefined),
    (undisturbed) => undisturbed === hash,
  );
}, 90_000);
