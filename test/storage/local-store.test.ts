/** The store in a folder keeps the contract of stores, and the layout that folders have had from the beginning. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/storage/open.ts';
import { storeContract } from './contract.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-store-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

storeContract(async () => {
  const store = openStore(await temporaryFolder());
  return { store, again: () => openStore(store.location) };
});

test('keys are paths below the folder', async () => {
  const folder = await temporaryFolder();
  const store = openStore(folder);
  await store.begin('checkpoints/job_a', 2);
  await store.publish('checkpoints/job_a/step-10', { 'weights.bin': new Uint8Array(4) }, 2);
  await store.markUsed('checkpoints/job_a/step-10');
  await store.put('checkpoints/job_a/report.json', '{}');
  const files = await readdir(folder, { recursive: true });
  expect(files.sort()).toEqual([
    'checkpoints',
    'checkpoints/job_a',
    'checkpoints/job_a/attempt-2',
    'checkpoints/job_a/report.json',
    'checkpoints/job_a/step-10',
    'checkpoints/job_a/step-10.served',
    'checkpoints/job_a/step-10/weights.bin',
  ]);
});
