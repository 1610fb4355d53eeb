/**
 * Resident memory of the processes of a service, in MiB, as `ps` tells it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import type { Cluster } from '../../testing/cluster.ts';

const kibibytesPerMebibyte = 1024;

/** By then the process of the next run is there, and idle. */
const lookedAtStep = 50_000;
/** A run that lasts until it has been looked at. */
const long: JobSpecInput = { engine: 'simd', diagnose: false, training: { steps: 100_000, reportEvery: 1_000 } };

export interface Memory {
  /** After some jobs, with nothing to do. */
  api: number;
  worker: number;
  /** The process of a run on the engine simd. */
  simdChild: number;
  /** The process that waits for the next run. */
  spareChild: number;
}

/** Looks at a service with one worker, while it trains. */
export async function memoryOf({ apis, workers, client }: Cluster): Promise<Memory> {
  const [worker] = workers;
  const api = await residentMebibytes(apis[0].process.pid);
  const training = worker.logged(({ event }) => event === 'run-started');
  const { id } = await client.submit(long);
  const { pid } = await training;
  for await (const { type, data } of client.events(id)) if (type === 'progress' && data.step >= lookedAtStep) break;
  const spare = (await childrenOf(worker.pid)).find((child) => child !== pid);
  const [workerSize, simdChild, spareChild] = await Promise.all([worker.pid, pid!, spare!].map(residentMebibytes));
  await client.cancel(id);
  return { api, worker: workerSize, simdChild, spareChild };
}

async function residentMebibytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Math.round(Number(stdout) / kibibytesPerMebibyte);
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return processes.filter(([, parent]) => parent === pid).map(([child]) => child);
}
