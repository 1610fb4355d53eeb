/** A job may go on with another number of threads, on a machine with more cores or fewer: it ends in the same weights. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type EngineName, engineNames } from '../../src/engine/registry.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { runJob } from '../../workers/child/run-job.ts';
import type { FromChild } from '../../workers/messages.ts';
import { finalHash, followToEnd, slowSpec, startCluster } from '../support/cluster.ts';

/** Large enough for two threads to pay. */
const asked = slowSpec({ diagnose: false, model: { units: 48 }, training: { steps: 60, checkpointEvery: 20 } });
const spec = resolveJobSpec(asked);

test.each(engineNames)(
  'a job of %s that goes on with other threads after each pause ends in the weights of one thread',
  async (name) => {
    const alone = await newFolder();
    const moved = await newFolder();
    const undisturbed = await run(name, alone, 1, 60);
    await run(name, moved, 2, 20);
    await run(name, moved, 3, 40);
    const resumed = await run(name, moved, 1, 60);
    expect(resumed).toMatchObject({ step: 60 });
    expect(resumed).toEqual(undisturbed);
  },
);

test.each(engineNames)(
  'a worker trains a large model on its cores with %s, and ends in the weights of one thread',
  async (name) => {
    const { client, apis } = await startCluster();
    const job = await client.submit({ ...asked, engine: name });
    await followToEnd(client, job.id);
    const { engine } = await client.job(job.id);
    expect(engine).toMatchObject({ name, threads: Math.min(2, availableParallelism()) });
    const undisturbed = await run(name, await newFolder(), 1, 60);
    expect(await finalHash(apis[0].url, job)).toBe(undisturbed?.sha256);
  },
  60_000,
);

/** Runs the job from where it stands until a step; returns its last checkpoint. */
async function run(name: EngineName, data: string, threads: number, until: number) {
  let last: (FromChild & { type: 'checkpoint' })['checkpoint'] | undefined;
  const tell = (message: FromChild) => {
    if (message.type === 'checkpoint') last = message.checkpoint;
  };
  const assignment = {
    ...{ job: 'moved', attempt: 1, spec, storeLocation: data, maxCheckpointBytes: 0, startFrom: 'checkpoint' as const },
    engine: { name, threads },
    ...{ isExamined: true, trainedBefore: [], doctor: null, sheet: null },
    times: { trainedSeconds: 0, diagnosedSeconds: 0 },
  };
  await runJob(assignment, { tell, stopRequest: () => ((last?.step ?? 0) >= until ? 'stop' : 'continue') });
  return last;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-threads-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
