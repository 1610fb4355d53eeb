/** Retention: which checkpoints go, and which are still needed by a run, a prediction or a reader. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readWhole } from '../../src/checkpoints/format/reading.ts';
import { stepKey } from '../../src/checkpoints/keys.ts';
import type { Keep } from '../../src/checkpoints/retention.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { openStore } from '../../src/storage/open.ts';
import { saveCheckpoint, stepFolder } from '../support/checkpoints.ts';

const job = 'job_a';

/** Ten checkpoints; the one of step 3 has the lowest loss, then that of step 6. */
async function tenCheckpoints() {
  const root = await mkdtemp(path.join(tmpdir(), 'lookback-prune-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const blobs = await openStore(root);
  const store = new CheckpointStore(blobs);
  for (let step = 1; step <= 10; step++) {
    const loss = step === 3 ? 0.1 : step === 6 ? 0.2 : 1 + step;
    await saveCheckpoint(store, job, step, loss);
  }
  const steps = async () => (await store.list(job)).map(({ step }) => step);
  const prune = async (keep: Keep) => store.prune(job, await store.list(job), keep);
  return { root, blobs, store, steps, prune };
}

test('the last, the best and every so many stay, each for its own sake', async () => {
  const { steps, prune } = await tenCheckpoints();
  await prune({ last: 2, best: 2, every: 4 });
  expect(await steps()).toEqual([3, 4, 6, 8, 9, 10]);
  await prune({ last: 1, best: 1 });
  expect(await steps()).toEqual([3, 10]);
});

test('what is being served stays', async () => {
  const { store, steps, prune } = await tenCheckpoints();
  await store.markServed(job, 7);
  await prune({ last: 1, best: 1 });
  expect(await steps()).toEqual([3, 7, 10]);
});

test('a checkpoint that is pruned while it is read is read to its end', async () => {
  const { root, blobs, store, prune } = await tenCheckpoints();
  const expected = await readFile(path.join(stepFolder(root, job, 5), 'weights.bin'));
  for (let i = 0; i < 20; i++) {
    await saveCheckpoint(store, job, 5, 6);
    const reading = readWhole(blobs, stepKey(job, 5)).catch((error) => error);
    const pruning = prune({ last: 1, best: 1 });
    const read = await reading;
    await pruning;
    // Pruned before it was opened, it is not there; it is never half there.
    if (read instanceof Error) expect(read).toMatchObject({ code: 'checkpoint_not_found' });
    else expect(Buffer.from(read.files['weights.bin']).equals(expected)).toBe(true);
  }
});
