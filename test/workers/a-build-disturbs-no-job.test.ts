/**
 * A clone is built again under a service that runs from it: its workers go on with the build that they started with,
 * and every job succeeds.
 */
import { appendFileSync, cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { build, isBuilt } from '../../scripts/setup/build.mjs';
import { startCluster } from '../support/cluster.ts';

const projectRoot = resolve(import.meta.dirname, '../..');

/** A clone of this project, with its packages. */
function makeClone(): string {
  const root = mkdtempSync(join(tmpdir(), 'lookback-clone-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts', 'src', 'workers', 'testing']) {
    cpSync(join(projectRoot, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  return root;
}

test('jobs that are submitted while the clone is built succeed', { timeout: 180_000 }, async () => {
  const root = makeClone();
  await build(root, process.env);
  const first = realpathSync(join(root, 'dist'));
  const { client } = await startCluster({ dist: pathToFileURL(`${root}/dist/`) });

  let isBuilding = true;
  const building = (async () => {
    appendFileSync(join(root, 'src/platform/limits.ts'), '\n// Changed.\n');
    expect(await isBuilt(root)).toBe(false);
    await build(root, process.env);
  })().finally(() => {
    isBuilding = false;
  });
  const submitted: string[] = [];
  // One more when all is built: its process starts after the build that its worker runs from was replaced.
  for (let last = false; !last; ) {
    last = !isBuilding;
    const { id } = await client.submit({ preset: 'lookback', training: { steps: 50, reportEvery: 10 } });
    submitted.push(id);
    for await (const _ of client.events(id));
  }
  await building;

  const jobs = await Promise.all(submitted.map((id) => client.job(id)));
  expect(jobs.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  expect(jobs.length).toBeGreaterThan(2);
  expect(realpathSync(join(root, 'dist'))).not.toBe(first);
});
