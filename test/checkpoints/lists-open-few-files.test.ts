/** Many checkpoints and datasets: lists stay within the files that a process may open. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { openStore } from '../../src/storage/open.ts';
import { saveCheckpoint, stepFolder } from '../support/checkpoints.ts';

const compiled = new URL('../../dist/src/', import.meta.url);
const fixture = new URL('../fixtures/data-version-1/datasets/', import.meta.url).pathname;
const count = 400;
/** More than Node itself opens, and less than one for each checkpoint. */
const descriptors = 200;

/** What an expression over the compiled modules comes to, in a process that may open few files. */
async function withFewDescriptors(expression: string): Promise<unknown> {
  const script = `
    const { CheckpointStore } = await import('${compiled}checkpoints/store.js');
    const { DatasetStore } = await import('${compiled}data/datasets/stored/store.js');
    const { openStore } = await import('${compiled}storage/open.js');
    process.stdout.write(JSON.stringify(await (${expression})));
  `;
  const command = `ulimit -n ${descriptors} && exec "$0" --input-type=module --eval "$1"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, script]);
  return JSON.parse(stdout);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-many-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('every manifest of a job is read without running out of file descriptors', async () => {
  const root = await temporaryFolder();
  const store = new CheckpointStore(await openStore(root));
  await saveCheckpoint(store, 'job_a', 0, 1);
  for (let step = 1; step < count; step++) {
    await cp(stepFolder(root, 'job_a', 0), stepFolder(root, 'job_a', step), { recursive: true });
  }
  const listed = (await withFewDescriptors(
    `new CheckpointStore(await openStore('${root}')).list('job_a')`,
  )) as unknown[];
  expect(listed).toHaveLength(count);
});

test('every data sheet is read without running out of file descriptors', async () => {
  const data = await temporaryFolder();
  const [sheet] = (await promisify(execFile)('ls', [fixture])).stdout.split('\n');
  for (let i = 0; i < count; i++) {
    const id = `ds_${i.toString(16).padStart(24, '0')}`;
    await cp(path.join(fixture, sheet), path.join(data, 'datasets', id), { recursive: true });
  }
  const page = (await withFewDescriptors(`new DatasetStore(await openStore('${data}')).list(1)`)) as {
    data: unknown[];
  };
  expect(page.data).toHaveLength(1);
});
