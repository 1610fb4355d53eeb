/** The sweep of folders that belong to nobody, and what keeps it from taking those that do. */
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { join } from '../../src/checkpoints/identity.ts';
import { OrphanSweep } from '../../src/checkpoints/orphans.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { openStore } from '../../src/storage/open.ts';
import { createJobs } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const graceMs = 60_000;

async function setUp() {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-orphans-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const blobs = await openStore(folder);
  const { store, prefix } = await createJobs(redis.current);
  const sweep = new OrphanSweep(blobs, store.identity, graceMs);
  // The folder and this Redis meet while both are empty.
  await sweep.sweep((id) => store.has(id));
  return {
    root: path.join(folder, 'checkpoints'),
    blobs,
    store,
    prefix,
    sweep: () => sweep.sweep((id) => store.has(id)),
  };
}

async function makeOld(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const old = new Date(Date.now() - 2 * graceMs);
  await utimes(folder, old, old);
}

test('folders of jobs that are not there are removed once they are old, and so is what was left half-written', async () => {
  const { root, store, sweep } = await setUp();
  const { job } = await store.create(resolveJobSpec({}));
  const leftover = path.join(root, job.id, 'step-10.abc.tmp');
  await makeOld(leftover);
  await makeOld(path.join(root, job.id));
  await makeOld(path.join(root, 'job_gone'));
  await mkdir(path.join(root, 'job_young'));
  expect((await sweep()).sort()).toEqual([`checkpoints/${job.id}/step-10.abc.tmp`, 'checkpoints/job_gone'].sort());
  expect((await readdir(root)).sort()).toEqual(['.identity', job.id, 'job_young'].sort());
});

test('nothing is removed when Redis was emptied', async () => {
  const { root, blobs } = await setUp();
  await makeOld(path.join(root, 'job_precious'));
  const emptied = await createJobs(redis.current);
  const sweep = new OrphanSweep(blobs, emptied.store.identity, graceMs);
  expect(await sweep.sweep((id) => emptied.store.has(id))).toEqual([]);
  expect(await readdir(root)).toContain('job_precious');
});

test('nothing is removed from a store that belongs to another Redis', async () => {
  const [{ root, blobs }, other] = [await setUp(), await setUp()];
  await makeOld(path.join(root, 'job_precious'));
  const sweep = new OrphanSweep(blobs, other.store.identity, graceMs);
  await expect(sweep.sweep((id) => other.store.has(id))).rejects.toMatchObject({ code: 'another_store' });
  expect(await readdir(root)).toContain('job_precious');
});

test('a Redis and a store that belong to others are told apart, and so is a store that nobody has used', async () => {
  const [first, second] = [await setUp(), await setUp()];
  await expect(join(first.blobs, first.store.identity)).resolves.toBe(true);
  await expect(join(first.blobs, second.store.identity)).rejects.toMatchObject({ code: 'another_store' });
  const unused = await openStore(await mkdtemp(path.join(first.root, 'unused-')));
  await expect(join(unused, first.store.identity)).rejects.toMatchObject({ code: 'another_store' });
  const { store: emptied } = await createJobs(redis.current);
  await mkdir(path.join(first.root, 'job_precious'));
  await expect(join(first.blobs, emptied.identity)).resolves.toBe(false);
});

test('of two stores that meet a new Redis at once one belongs to it, and a store that many meet at once is one', async () => {
  const stores = await Promise.all(
    ['a', 'b'].map(async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'lookback-orphans-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      return openStore(folder);
    }),
  );
  const { store: fresh } = await createJobs(redis.current);
  const met = await Promise.allSettled(stores.map((blobs) => join(blobs, fresh.identity)));
  expect(met.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const winner = stores[met.findIndex(({ status }) => status === 'fulfilled')];
  await expect(Promise.all(Array.from({ length: 8 }, () => join(winner, fresh.identity)))).resolves.not.toContain(
    false,
  );

  const { store: another } = await createJobs(redis.current);
  const [blobs] = [await openStore(await mkdtemp(path.join(tmpdir(), 'lookback-orphans-')))];
  onTestFinished(() => rm(blobs.location, { recursive: true, force: true }));
  await expect(Promise.all(Array.from({ length: 8 }, () => join(blobs, another.identity)))).resolves.not.toContain(
    false,
  );
});
