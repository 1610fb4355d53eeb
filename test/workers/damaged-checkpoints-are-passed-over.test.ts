/** Bytes that change on the disk: they are noticed before anything is used of them, by runs and by /predict. */
import { spawnSync } from 'node:child_process';
import { access, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkpointFiles } from '../../src/checkpoints/format/files.ts';
import type { LookbackClient, RemoteJob } from '../../src/client/client.ts';
import {
  checkpointsOf,
  finalHash,
  firstEvent,
  followToEnd,
  isCheckpoint,
  isStatus,
  slowSpec,
  startCluster,
  undisturbedHash,
} from '../support/cluster.ts';

/** A job that was paused after several checkpoints. */
async function pausedJob(client: LookbackClient): Promise<RemoteJob> {
  const job = await client.submit(slowSpec());
  await firstEvent(client, job.id, isCheckpoint(200));
  await client.pause(job.id);
  await firstEvent(client, job.id, isStatus('paused'));
  return job;
}

async function flipLastByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1] ^= 1;
  await writeFile(file, bytes);
}

test('a run goes on from the checkpoint before the damaged one, to the same weights', async () => {
  const cluster = await startCluster();
  const { client, apis } = cluster;
  const job = await pausedJob(client);
  const steps = (await checkpointsOf(apis[0].url, job.id)).map(({ step }) => step);
  const [before, last] = steps.slice(-2);
  await flipLastByte(path.join(cluster.checkpoints, job.id, `step-${last}`, 'training.bin'));

  expect((await client.predict(job.id, [[0, 1]])).checkpoint.step).toBe(before);
  await expect(client.predict(job.id, [[0, 1]], last)).rejects.toMatchObject({
    status: 409,
    code: 'corrupt_checkpoint',
  });
  const listed = await fetch(`${apis[0].url}/v1/jobs/${job.id}/checkpoints`).then((response) => response.json());
  expect(listed).toMatchObject({ damaged: [last] });
  expect((listed as { data: { step: number }[] }).data.map(({ step }) => step)).not.toContain(last);

  await client.resume(job.id);
  const events = await followToEnd(client, job.id);
  const restart = events.slice(events.findIndex(isStatus('running', 2)));
  const [firstStep] = restart.flatMap((event) => (event.type === 'progress' ? event.data.step : []));
  expect(firstStep).toBeLessThanOrEqual(before + 20);
  expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, slowSpec()));
}, 90_000);

test('a changed byte in any file takes a checkpoint out of use, also one that was served before', async () => {
  const cluster = await startCluster();
  const { client } = cluster;
  const steps = [...checkpointFiles.keys()].map((i) => 10 * (i + 1));
  const job = await client.submit(slowSpec({ training: { steps: 60, checkpointEvery: 10 } }));
  await followToEnd(client, job.id);
  for (const [i, step] of steps.entries()) {
    expect((await client.predict(job.id, [[0, 1]], step)).checkpoint.step).toBe(step);
    await flipLastByte(path.join(cluster.checkpoints, job.id, `step-${step}`, checkpointFiles[i]));
  }
  // From here on the API, started anew, knows only the disk.
  await cluster.apis[0].process.end('SIGTERM');
  await cluster.apis[0].process.start();
  for (const step of steps) {
    await expect(client.predict(job.id, [[0, 1]], step), checkpointFiles[step / 10 - 1]).rejects.toMatchObject({
      code: 'corrupt_checkpoint',
    });
  }
  expect((await client.predict(job.id, [[0, 1]], 'best')).checkpoint.step).toBe(60);
}, 90_000);

const impostors: Record<string, (file: string) => unknown> = {
  'a pipe': (file) => spawnSync('mkfifo', [file]),
  'a folder': (file) => mkdir(file),
  'a link to /dev/zero': (file) => symlink('/dev/zero', file),
  nothing: () => {},
  'a file that is far too long': (file) => writeFile(file, '').then(() => truncate(file, 2 ** 40)),
};

test('what is no regular file, or far too long, counts as damaged: nobody waits for it, and the run goes on from the checkpoint before', async () => {
  const cluster = await startCluster();
  const { client, apis } = cluster;
  const spec = slowSpec({ training: { checkpointEvery: 40 } });
  const job = await client.submit(spec);
  await firstEvent(client, job.id, isCheckpoint(240));
  await client.pause(job.id);
  await firstEvent(client, job.id, isStatus('paused'));
  const steps = (await checkpointsOf(apis[0].url, job.id)).map(({ step }) => step).reverse();
  for (const [i, put] of Object.values(impostors).entries()) {
    const folder = path.join(cluster.checkpoints, job.id, `step-${steps[i]}`);
    const file = path.join(folder, checkpointFiles[i % 2 ? 0 : 4]);
    await rm(file);
    await put(file);
  }
  // More than there are threads for files.
  const answers = await Promise.all(Array.from({ length: 6 }, () => client.predict(job.id, [[0, 1]])));
  const damaged = Object.keys(impostors).length;
  expect(new Set(answers.map(({ checkpoint }) => checkpoint.step))).toEqual(new Set([steps[damaged]]));
  for (const step of steps.slice(0, damaged)) await access(path.join(cluster.checkpoints, job.id, `step-${step}.bad`));
  await client.resume(job.id);
  await followToEnd(client, job.id);
  expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, spec));
}, 90_000);

test('a run passes over a pipe in the place of a file by itself', async () => {
  const cluster = await startCluster();
  const { client, apis } = cluster;
  const job = await pausedJob(client);
  const last = (await checkpointsOf(apis[0].url, job.id)).at(-1)!.step;
  const file = path.join(cluster.checkpoints, job.id, `step-${last}`, 'training.bin');
  await rm(file);
  spawnSync('mkfifo', [file]);
  await client.resume(job.id);
  const events = await followToEnd(client, job.id);
  expect(events.some(isStatus('succeeded'))).toBe(true);
  await access(path.join(cluster.checkpoints, job.id, `step-${last}.bad`));
}, 90_000);
