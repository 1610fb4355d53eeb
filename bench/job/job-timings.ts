/**
 * Times jobs as a caller sees them: one by its event stream, a queue of them by what the workers say.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import type { Cluster } from '../../testing/cluster.ts';

/** Between two jobs: long enough for the worker to have its next process ready, as a worker that waits has. */
const pauseMs = 700;
/** Submitted at the same time while a queue is filled. */
const submitters = 16;

const small: JobSpecInput = { engine: 'simd', diagnose: false, training: { steps: 20, reportEvery: 20 } };

export interface Timing {
  totalMs: number;
  firstProgressMs: number;
}

/** Submits a job and follows its events. @throws when it does not succeed. */
export async function timeJob({ client }: Cluster, spec: JobSpecInput): Promise<Timing> {
  await delay(pauseMs);
  const started = performance.now();
  const { id } = await client.submit(spec);
  let firstProgressMs = Number.NaN;
  for await (const { type, data } of client.events(id)) {
    if (type === 'progress' && Number.isNaN(firstProgressMs)) firstProgressMs = performance.now() - started;
    if (type === 'status' && data.status === 'succeeded')
      return { totalMs: performance.now() - started, firstProgressMs };
  }
  throw new Error(`Job ${id} did not succeed.`);
}

/** Jobs per second: the queue is filled first, then the workers start; their start is not counted. */
export async function timeQueue(cluster: Cluster, workers: number, jobs: number): Promise<number> {
  let submitted = 0;
  const submit = async () => {
    while (submitted++ < jobs) await cluster.client.submit(small);
  };
  await Promise.all(Array.from({ length: submitters }, submit));
  let started = Number.NaN;
  let over = 0;
  const ended = new Promise<number>((resolve) => {
    for (const worker of cluster.workers.slice(0, workers)) {
      worker.onLog(({ event }) => {
        if (event === 'run-started' && Number.isNaN(started)) started = performance.now();
        if (event !== 'run-ended') return;
        over++;
        if (over === jobs) resolve(performance.now());
      });
    }
  });
  await Promise.all(cluster.workers.slice(0, workers).map((worker) => worker.start()));
  return (1000 * jobs) / ((await ended) - started);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
