/** The fence of a job's folder: an attempt that was taken over publishes nothing any more. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FencedError } from '../../src/errors.ts';
import { CheckpointStore } from '../../src/models/store.ts';
import { checkpointOf } from '../support/checkpoints.ts';

async function openStore() {
  const root = await mkdtemp(path.join(tmpdir(), 'lookback-fence-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return { root, store: new CheckpointStore(root) };
}

test('what an attempt saves after a later one has begun is refused, and leaves nothing', async () => {
  const { root, store } = await openStore();
  await store.begin('job_a', 1);
  await store.save('job_a', checkpointOf(10), 1);
  await store.begin('job_a', 2);
  await expect(store.save('job_a', checkpointOf(20), 1)).rejects.toThrow(FencedError);
  await store.save('job_a', checkpointOf(30), 2);
  expect((await readdir(path.join(root, 'job_a'))).sort()).toEqual(['attempt', 'step-10', 'step-30']);
});

test('an attempt that begins after a later one is refused', async () => {
  const { store } = await openStore();
  await store.begin('job_a', 3);
  await expect(store.begin('job_a', 2)).rejects.toThrow(FencedError);
});

test('a run that starts from the beginning takes nothing from the attempts before it', async () => {
  const { store } = await openStore();
  await store.begin('job_a', 1);
  await store.save('job_a', checkpointOf(10), 1);
  await store.begin('job_a', 2);
  await store.clear('job_a');
  await expect(store.save('job_a', checkpointOf(20), 1)).rejects.toThrow(FencedError);
  expect(await store.list('job_a')).toEqual([]);
});
