/**
 * What a spec comes to when nothing disturbs it: the hash of the weights at each of its checkpoints, from a run in this process.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type JobSpecInput, resolveJobSpec } from '../src/spec/job-spec.ts';
import { runJob } from '../workers/child/run-job.ts';
import type { FromChild } from '../workers/messages.ts';

/** SHA-256 of the weights by step. */
type Hashes = ReadonlyMap<number, string>;

export class UndisturbedRuns {
  readonly #hashes = new Map<string, Promise<Hashes>>();

  /** Each different spec runs once. */
  hashesOf(spec: JobSpecInput): Promise<Hashes> {
    const key = JSON.stringify(spec);
    const hashes = this.#hashes.get(key) ?? trainUndisturbed(spec);
    this.#hashes.set(key, hashes);
    return hashes;
  }
}

async function trainUndisturbed(input: JobSpecInput): Promise<Hashes> {
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-undisturbed-'));
  const hashes = new Map<number, string>();
  const tell = (message: FromChild) => {
    if (message.type === 'checkpoint') hashes.set(message.checkpoint.step, message.checkpoint.sha256);
  };
  const assignment = {
    job: 'undisturbed',
    attempt: 1,
    // A diagnosis does not touch the weights.
    spec: { ...resolveJobSpec(input), diagnose: false },
    engine: { name: 'simd' as const, threads: 1 },
    sheet: null,
    storeLocation: data,
    maxCheckpointBytes: 0,
    startFrom: 'beginning' as const,
    isExamined: true,
    trainedBefore: [],
    doctor: null,
    times: { trainedSeconds: 0, diagnosedSeconds: 0 },
  };
  try {
    await runJob(assignment, { tell, stopRequest: () => 'continue' });
    return hashes;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
