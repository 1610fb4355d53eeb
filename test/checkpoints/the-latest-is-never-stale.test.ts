/** The latest checkpoint is found without listing the job's each time, and a new one is found at once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import type { BlobStore } from '../../src/storage/blob-store.ts';
import { isOnLocalDisk } from '../../src/storage/local/local-disk.ts';
import { openStore } from '../../src/storage/open.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';

/** A real store, and how often it was asked for a list. */
async function counted(): Promise<{ store: CheckpointStore; lists: () => number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-latest-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const blobs = await openStore(folder);
  let lists = 0;
  const watched = new Proxy(blobs, {
    get(target, name) {
      if (name === 'list') lists++;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as BlobStore;
  return { store: new CheckpointStore(watched), lists: () => lists };
}

test('a job that nothing happens to is listed no more; what is saved is found by whoever asks next', async () => {
  const { store, lists } = await counted();
  await saveCheckpoint(store, 'job_a', 1, 1);
  // Until the clock of the disk tells this change from the next.
  await store.resolve('job_a', 'latest');
  await delay(1_100);
  await store.resolve('job_a', 'latest');
  const before = lists();
  for (let n = 0; n < 50; n++) expect((await store.resolve('job_a', 'latest')).step).toBe(1);
  await Promise.all(Array.from({ length: 50 }, () => store.resolve('job_a', 'latest')));
  expect(lists()).toBe(before);
  if (isOnLocalDisk(tmpdir())) expect(store.resolveNow('job_a', 'latest')?.step).toBe(1);
  for (let step = 2; step < 30; step++) {
    await saveCheckpoint(store, 'job_a', step, 1);
    expect([undefined, step]).toContain(store.resolveNow('job_a', 'latest')?.step);
    const found = await Promise.all([1, 2, 3].map(() => store.resolve('job_a', 'latest')));
    expect(found.map((one) => one.step)).toEqual([step, step, step]);
  }
});
