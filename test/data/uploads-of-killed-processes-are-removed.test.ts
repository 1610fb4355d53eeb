/** What a kill in the middle of an upload leaves on disk: the running service removes it, and nothing of an upload that is under way. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LocalStore } from '../../src/storage/local/local-store.ts';
import { eventually } from '../support/cluster.ts';

test('the folder of an upload whose process was killed goes; that of one under way stays', async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-killed-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const root = path.join(data, 'datasets');
  await mkdir(root);
  const child = fork(new URL('../support/endless-upload.mjs', import.meta.url), [data]);
  await once(child, 'message');
  const [killed] = await readdir(root);
  child.kill('SIGKILL');
  await once(child, 'exit');

  const store = new LocalStore(data);
  const live = await store.openDraft('datasets', 50);
  onTestFinished(() => live.release());
  const sweeper = store.abandonedDrafts('datasets', 2_000);
  expect(await sweeper.sweep()).toEqual([]);
  expect(
    await eventually(
      () => sweeper.sweep(),
      (names) => names.length > 0,
    ),
  ).toEqual([killed]);
  expect(await readdir(root)).toEqual([path.basename(live.id)]);
});
