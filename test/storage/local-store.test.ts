/** The store in a folder keeps the contract of stores, and the layout that folders have had from the beginning. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isOnLocalDisk } from '../../src/storage/local/local-disk.ts';
import { LocalStore } from '../../src/storage/local/local-store.ts';
import { openStore } from '../../src/storage/open.ts';
import { storeContract } from './contract.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-store-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

storeContract(async () => {
  const store = await openStore(await temporaryFolder());
  return { store, again: () => new LocalStore(store.location) };
});

test('keys are paths below the folder', async () => {
  const folder = await temporaryFolder();
  const store = await openStore(folder);
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

const impostors: Record<string, (file: string) => unknown> = {
  'a pipe': (file) => spawnSync('mkfifo', [file]),
  'a folder': (file) => mkdir(file),
  'a link to a device': (file) => symlink('/dev/zero', file),
  'a link to itself': (file) => symlink(file, file),
};

test.each(Object.entries(impostors))(
  '%s in the place of a file is no blob, and nobody waits for it',
  async (_, put) => {
    const folder = await temporaryFolder();
    const store = await openStore(folder);
    await store.publish('checkpoints/job_a/step-1', { 'a.bin': Buffer.from('a') });
    await put(path.join(folder, 'checkpoints/job_a/step-1/b.bin'));
    const group = await store.open('checkpoints/job_a/step-1', ['a.bin', 'b.bin']);
    expect([group.has('a.bin'), group.has('b.bin')]).toEqual([true, false]);
    await group.close();
    expect(await store.get('checkpoints/job_a/step-1/b.bin')).toBeNull();
    expect(await store.readAt('checkpoints/job_a/step-1/b.bin', new Uint8Array(1), 0)).toBeNull();
    await put(path.join(folder, 'checkpoints/job_a/attempt'));
    await store.begin('checkpoints/job_a', 1);
  },
);

test('what is at once on a disk of this machine is waited for elsewhere, and where no folder is', async () => {
  const folder = await temporaryFolder();
  const store = await openStore(folder);
  await store.publish('checkpoints/job_a/step-1', { 'a.bin': Buffer.from('a') });
  const version = await store.versionOf('checkpoints/job_a/step-1');
  expect(store.versionNow('checkpoints/job_a/step-1')).toBe(isOnLocalDisk(folder) ? version : undefined);
  expect(isOnLocalDisk('/dev/shm')).toBe(true);
  expect(isOnLocalDisk('/proc')).toBe(false);
  expect(isOnLocalDisk(path.join(folder, 'missing'))).toBe(undefined);
});
