/** Checkpoints on disk: what was saved comes back to the last number, and no changed byte goes unnoticed. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/format/checkpoint.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { stackOf } from '../../src/model/description.ts';
import { initialSlots } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { stateLength } from '../../src/model/state.ts';
import { CorruptCheckpointError, NotFoundError } from '../../src/platform/errors.ts';
import { openStore } from '../../src/storage/open.ts';
import { stepFolder } from '../support/checkpoints.ts';

const model = stackOf({ features: 2, units: [3, 4], classes: 5 });
const batchSize = 2;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-checkpoints-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function checkpoint(step: number, loss = 1 / step): Checkpoint {
  const optimizer = {
    type: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    learningRate: 0.01,
    clipNorm: null,
  } as const;
  const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(i + step)));
  return {
    step,
    metrics: { loss, accuracy: 0.5 },
    model,
    carriesState: true,
    engine: { name: 'simd', threads: 1 },
    trainer: {
      weights: numbers(parameterCount(model)),
      slots: { ...initialSlots(optimizer, parameterCount(model)), mean: numbers(parameterCount(model)) },
      carried: numbers(stateLength(model, batchSize)),
    },
    data: {
      random: [1, 2, 3, -4],
      streams: [
        [1, 1],
        [0, 1],
      ],
    },
    encoding: { inputs: InputEncoder.plain(model.input.features).state, labels: null },
    heldOut: null,
    evaluation: null,
  };
}

describe('a checkpoint store', () => {
  test('gives back every number it was given', async () => {
    const store = new CheckpointStore(await openStore(await temporaryFolder()));
    const saved = checkpoint(10);
    await store.save('job_a', saved);
    expect(await store.load('job_a', 10)).toMatchObject(saved);
  });

  test('lists by step, and knows the latest and the best', async () => {
    const store = new CheckpointStore(await openStore(await temporaryFolder()));
    for (const [step, loss] of [
      [100, 0.3],
      [20, 0.1],
      [3, 0.2],
    ])
      await store.save('job_a', checkpoint(step, loss));
    expect((await store.list('job_a')).map(({ step }) => step)).toEqual([3, 20, 100]);
    expect(await store.resolve('job_a', 'latest')).toMatchObject({ step: 100, loss: 0.3 });
    expect(await store.resolve('job_a', 'best')).toMatchObject({ step: 20, loss: 0.1 });
    await expect(store.resolve('job_a', 4)).rejects.toBeInstanceOf(NotFoundError);
    await expect(store.resolve('job_b', 'latest')).rejects.toBeInstanceOf(NotFoundError);
  });

  test('hashes the weights alone', async () => {
    const store = new CheckpointStore(await openStore(await temporaryFolder()));
    const one = checkpoint(1);
    const first = await store.save('job_a', one);
    const same = await store.save('job_b', { ...one, step: 7 });
    const other = await store.save('job_b', checkpoint(2));
    expect(same.sha256).toBe(first.sha256);
    expect(other.sha256).not.toBe(first.sha256);
  });

  test('starts a model that was trained on carried state from what its first row was left with', async () => {
    const store = new CheckpointStore(await openStore(await temporaryFolder()));
    const saved = checkpoint(1);
    await store.save('job_a', saved);
    const { carried } = saved.trainer;
    // Layer 0: h [2,3] at 0, c at 6; layer 1: h [2,4] at 12, c at 20.
    const rows = [carried.slice(0, 3), carried.slice(6, 9), carried.slice(12, 16), carried.slice(20, 24)];
    expect((await store.loadModel('job_a', 1)).initialState).toEqual(
      Float32Array.from(rows.flatMap((row) => [...row])),
    );
    await store.save('job_b', { ...saved, carriesState: false });
    expect((await store.loadModel('job_b', 1)).initialState).toBeNull();
  });

  test('refuses a checkpoint of which any byte has changed', async () => {
    const root = await temporaryFolder();
    const store = new CheckpointStore(await openStore(root));
    await store.save('job_a', checkpoint(5));
    const files = await readdir(stepFolder(root, 'job_a', 5));
    expect(files).toContain('manifest.json');
    for (const name of files) {
      const job = `job_${name.replace('.', '_')}`;
      await store.save(job, checkpoint(5));
      const file = path.join(stepFolder(root, job, 5), name);
      const bytes = await readFile(file);
      bytes[Math.floor(bytes.length / 2)] ^= 1;
      await writeFile(file, bytes);
      await expect(store.load(job, 5), name).rejects.toBeInstanceOf(CorruptCheckpointError);
    }
    await expect(store.load('job_a', 5)).resolves.toMatchObject({ step: 5 });
  });

  test('does not follow a job id out of its folder', async () => {
    const store = new CheckpointStore(await openStore(await temporaryFolder()));
    await expect(store.loadModel('../../etc', 1)).rejects.toBeInstanceOf(NotFoundError);
    await expect(store.removeJob('..')).rejects.toBeInstanceOf(NotFoundError);
  });
});
