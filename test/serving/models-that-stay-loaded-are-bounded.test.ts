/** Models stay loaded as long as the bytes of all fit; requests that need the same one at once share its load. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { stackOf } from '../../src/model/description.ts';
import { bytesOfModel, loadModel } from '../../src/serving/models/loaded-model.ts';
import { ServedModels } from '../../src/serving/models/served-models.ts';
import { openStore } from '../../src/storage/open.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';

const model = stackOf({ features: 1, classes: 4, units: [32] });

/** Models of jobs a, b, c and large, with room for two of the first three; `loads` tells what was loaded, in order. */
async function servedModels() {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-served-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const checkpoints = new CheckpointStore(await openStore(folder));
  for (const job of ['a', 'b', 'c']) await saveCheckpoint(checkpoints, job, 1, 1, model);
  await saveCheckpoint(checkpoints, 'large', 1, 1, stackOf({ features: 1, classes: 4, units: [128] }));
  const bytes = bytesOfModel(await loadModel(checkpoints, { job: 'a', step: 1 }, 1));
  const loads: string[] = [];
  const served = new ServedModels({
    checkpoints,
    loader: {
      load: (job, step) => {
        loads.push(job);
        return loadModel(checkpoints, { job, step }, 1);
      },
    },
    aliases: {
      resolve: () => Promise.reject(new Error('No alias is asked for.')),
      known: () => undefined,
    },
    findOfJob: (_job, find) => find(),
    cacheBytes: 2.5 * bytes,
  });
  return { served, loads, bytes };
}

test('the one that was used longest ago goes when there is no room for another', async () => {
  const { served, loads, bytes } = await servedModels();
  expect(served.bytes).toBe(0);
  for (const job of ['a', 'b', 'a', 'b']) await served.resolve({ job });
  expect([loads, served.bytes]).toEqual([['a', 'b'], 2 * bytes]);
  await served.resolve({ job: 'a' });
  await served.resolve({ job: 'c' });
  expect(served.bytes).toBe(2 * bytes);
  await served.resolve({ job: 'a' });
  await served.resolve({ job: 'b' });
  expect(loads).toEqual(['a', 'b', 'c', 'b']);
});

test('one that is larger than all the room is loaded for each request, and displaces nothing', async () => {
  const { served, loads, bytes } = await servedModels();
  await served.resolve({ job: 'a' });
  for (let n = 0; n < 2; n++) expect((await served.resolve({ job: 'large' })).job).toBe('large');
  expect([loads, served.bytes]).toEqual([['a', 'large', 'large'], bytes]);
});

test('requests that need the same model at once share one load', async () => {
  const { served, loads } = await servedModels();
  const all = await Promise.all(Array.from({ length: 20 }, (_, n) => served.resolve({ job: n % 2 ? 'a' : 'b' })));
  expect(loads.sort()).toEqual(['a', 'b']);
  expect(new Set(all.map(({ loaded }) => loaded)).size).toBe(2);
});

test('a model that others push out while it is loaded is still for those who wait for it', async () => {
  const { served } = await servedModels();
  const jobs = Array.from({ length: 60 }, (_, n) => ['a', 'b', 'c', 'large'][n % 4]);
  const all = await Promise.all(jobs.map((job) => served.resolve({ job })));
  expect(all.map(({ job }) => job)).toEqual(jobs);
});

test('nothing keeps a model that was pushed out', async () => {
  const { served } = await servedModels();
  const seen = new WeakRef((await served.resolve({ job: 'a' })).open);
  for (const job of ['b', 'c']) await served.resolve({ job });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a WeakRef was asked for stays until the end of the turn.
  await setImmediate();
  collect();
  expect(seen.deref()).toBe(undefined);
});
