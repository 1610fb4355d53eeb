/** The latest checkpoint is found without listing the job's each time, and a new one is found at once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { stackOf } from '../../src/model/description.ts';
import { NotFoundError } from '../../src/platform/errors.ts';
import type { BlobStore } from '../../src/storage/blob-store.ts';
import { isOnLocalDisk } from '../../src/storage/local/local-disk.ts';
import { openStore } from '../../src/storage/open.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';

/** A real store, how often it was asked for a list, and the same as another process has it. */
async function counted(): Promise<{
  store: CheckpointStore;
  lists: () => number;
  again: () => Promise<CheckpointStore>;
  /** Something that happens between the next list and what is made of it. */
  afterNextList(happens: () => Promise<void>): void;
}> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-latest-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const blobs = await openStore(folder);
  let lists = 0;
  let happensNext: (() => Promise<void>) | undefined;
  const list: BlobStore['list'] = async (prefix) => {
    lists++;
    const names = await blobs.list(prefix);
    const happens = happensNext;
    happensNext = undefined;
    await happens?.();
    return names;
  };
  const watched = new Proxy(blobs, {
    get(target, name) {
      if (name === 'list') return list;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as BlobStore;
  const again = async () => new CheckpointStore(await openStore(folder));
  const afterNextList = (happens: () => Promise<void>) => {
    happensNext = happens;
  };
  return { store: new CheckpointStore(watched), lists: () => lists, again, afterNextList };
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

test.each(['latest', 'best'] as const)(
  'where what was listed goes before it is looked at, an older one that stays is no answer: %s',
  async (which) => {
    const { store, again, afterNextList } = await counted();
    const writer = await again();
    // It stays, as one does that is being served.
    await saveCheckpoint(writer, 'job_a', 1, 1);
    for (let step = 2; step < 9; step += 2) {
      await saveCheckpoint(writer, 'job_a', step, 1 / step);
      afterNextList(async () => {
        await saveCheckpoint(writer, 'job_a', step + 1, 1 / (step + 1));
        await writer.prune('job_a', (await writer.list('job_a')).slice(1), { last: 1, best: 1 });
      });
      expect((await store.resolve('job_a', which)).step).toBe(step + 1);
    }
  },
);

test('a step that is replaced is found as it is now', async () => {
  const { store, again } = await counted();
  const writer = await again();
  for (const units of [2, 3, 4]) {
    const model = stackOf({ features: 1, classes: 4, units: [units] });
    const { sha256 } = await saveCheckpoint(writer, 'job_a', 1, 1, model);
    for (const which of [1, 'latest', 'best'] as const)
      expect((await store.resolve('job_a', which)).sha256).toBe(sha256);
  }
});

test('a step is found no more when its job was removed, by whomever', async () => {
  const { store, again } = await counted();
  await saveCheckpoint(store, 'job_a', 1, 1);
  expect((await store.resolve('job_a', 1)).step).toBe(1);
  await (await again()).removeJob('job_a');
  expect(store.resolveNow('job_a', 1)).toBe(undefined);
  await expect(store.resolve('job_a', 1)).rejects.toThrow(NotFoundError);
});
