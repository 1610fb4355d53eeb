/** The fence of a job's folder: an attempt that was taken over publishes nothing any more. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { FencedError } from '../../src/platform/errors.ts';
import { openStore } from '../../src/storage/open.ts';
import { checkpointOf } from '../support/checkpoints.ts';

async function temporaryStore() {
  const root = await mkdtemp(path.join(tmpdir(), 'lookback-fence-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return {
    root,
    jobFolder: path.join(root, 'checkpoints', 'job_a'),
    store: new CheckpointStore(await openStore(root)),
  };
}

test('what an attempt saves after a later one has begun is refused, and leaves nothing', async () => {
  const { jobFolder, store } = await temporaryStore();
  await store.begin('job_a', 1);
  await store.save('job_a', checkpointOf(10), 1);
  await store.begin('job_a', 2);
  await expect(store.save('job_a', checkpointOf(20), 1)).rejects.toThrow(FencedError);
  await store.save('job_a', checkpointOf(30), 2);
  expect((await readdir(jobFolder)).sort()).toEqual(['attempt-2', 'step-10', 'step-30']);
});

test('an attempt that begins after a later one is refused', async () => {
  const { store } = await temporaryStore();
  await store.begin('job_a', 3);
  await expect(store.begin('job_a', 2)).rejects.toThrow(FencedError);
});

test('a run that starts from the beginning takes nothing from the attempts before it', async () => {
  const { store } = await temporaryStore();
  await store.begin('job_a', 1);
  await store.save('job_a', checkpointOf(10), 1);
  await store.begin('job_a', 2);
  await store.clear('job_a');
  await expect(store.save('job_a', checkpointOf(20), 1)).rejects.toThrow(FencedError);
  expect(await store.list('job_a')).toEqual([]);
});

/** A process that stands still just before its checkpoint appears. */
async function standingStill(root: string, attempt: number, step: number): Promise<ChildProcess> {
  const script = new URL('../support/late-attempt.mjs', import.meta.url);
  const child = fork(script, [root, String(attempt), String(step)]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [message] = await once(child, 'message');
  expect(message).toEqual({ type: 'before the rename' });
  return child;
}

async function goOn(child: ChildProcess): Promise<string> {
  const ended = once(child, 'message');
  child.send('go on');
  return (await ended)[0].outcome;
}

test('an attempt that stands still between writing a checkpoint and publishing it publishes nothing when it wakes', async () => {
  const { root, jobFolder, store } = await temporaryStore();
  await store.save('job_a', checkpointOf(1));
  const late = await standingStill(root, 1, 20);
  await store.begin('job_a', 2);
  expect(await goOn(late)).toBe('fenced');
  expect((await readdir(jobFolder)).sort()).toEqual(['attempt-2', 'step-1']);
});

test('nor does it replace or take away what the later attempt has saved at the same step', async () => {
  const { root, store } = await temporaryStore();
  await store.save('job_a', checkpointOf(1));
  const late = await standingStill(root, 1, 20);
  await store.begin('job_a', 2);
  const saved = await store.save('job_a', checkpointOf(20), 2);
  expect(await goOn(late)).toBe('fenced');
  expect(await store.resolve('job_a', 20)).toEqual(saved);
});

test('an attempt that stands still and was not taken over publishes when it wakes', async () => {
  const { root, store } = await temporaryStore();
  await store.save('job_a', checkpointOf(1));
  const late = await standingStill(root, 1, 20);
  expect(await goOn(late)).toBe('saved');
  expect(await store.load('job_a', 20)).toMatchObject({ step: 20 });
});

test('a later attempt keeps an older one from pruning and clearing', async () => {
  const { store } = await temporaryStore();
  await store.begin('job_a', 1);
  for (const step of [1, 2, 3]) await store.save('job_a', checkpointOf(step), 1);
  const known = await store.list('job_a');
  await store.begin('job_a', 2);
  await expect(store.prune('job_a', known, { last: 1, best: 1 }, { attempt: 1 })).rejects.toThrow(FencedError);
  await expect(store.clear('job_a', 1)).rejects.toThrow(FencedError);
  expect(await store.list('job_a')).toEqual(known);
});

test('of many attempts that begin and save at once, none publishes after a later one has begun', async () => {
  const { root, jobFolder, store } = await temporaryStore();
  const steps = async () => (await readdir(jobFolder)).filter((name) => name.startsWith('step-'));
  const attempts = Array.from({ length: 12 }, (_, i) => i + 1);
  const begun: { attempt: number; steps: Set<string> }[] = [];
  const contend = async (attempt: number) => {
    const own = new CheckpointStore(await openStore(root));
    await own.begin('job_a', attempt);
    begun.push({ attempt, steps: new Set(await steps()) });
    for (let i = 0; i < 5; i++) await own.save('job_a', checkpointOf(100 * attempt + i), attempt);
  };
  const isFenced = (error: unknown) => {
    if (!(error instanceof FencedError)) throw error;
  };
  await Promise.all(attempts.map((attempt) => contend(attempt).catch(isFenced)));
  const newest = Math.max(...begun.map(({ attempt }) => attempt));
  expect((await store.list('job_a')).filter(({ step }) => step >= 100 * newest)).toHaveLength(5);
  const final = await steps();
  for (const { attempt, steps: before } of begun) {
    const late = final.filter((name) => Number(name.slice(5)) < 100 * attempt && !before.has(name));
    expect(late, `published under an older attempt after attempt ${attempt} had begun`).toEqual([]);
  }
});

test('the number that folders had in a file before still counts', async () => {
  const { jobFolder, store } = await temporaryStore();
  await store.begin('job_a', 1);
  await writeFile(path.join(jobFolder, 'attempt'), '5');
  await expect(store.begin('job_a', 4)).rejects.toThrow(FencedError);
  await store.begin('job_a', 6);
  expect(await readFile(path.join(jobFolder, 'attempt'), 'utf8')).toBe('5');
});
