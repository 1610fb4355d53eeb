/**
 * What a job costs beside its training: the question's job from submission to its last event on a worker that waits for
 * it, a queue of small jobs, and the memory of every process.
 *
 *     npm run bench:job -- [--jobs N] [--queue N] [--json]
 *
 * API, workers, Redis and this process share the machine, as `npm start` has them; Redis syncs its file once a second.
 */
import { parseArgs } from 'node:util';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import { Cluster } from '../../testing/cluster.ts';
import { bareSeconds } from './job-bare.ts';
import { type Memory, memoryOf } from './job-memory.ts';
import { quantile, type Timing, timeJob, timeQueue } from './job-timings.ts';

/** The answer of the question, without the pauses between its reports that a dataset would ask for. */
const question: JobSpecInput = { preset: 'working', engine: 'simd' };

interface Quantiles {
  p50: number;
  p90: number;
}

interface JobReport {
  diagnose: boolean;
  jobs: number;
  /** The same steps in one process, without service: median. */
  bareMs: number;
  /** From submission to the terminal event, and to the first progress. */
  totalMs: Quantiles;
  firstProgressMs: Quantiles;
}

interface JobTimings {
  jobs: JobReport[];
  queues: { workers: number; jobs: number; jobsPerSecond: number }[];
  memory: Memory;
}

const { values: flags } = parseArgs({
  options: {
    jobs: { type: 'string', default: '20' },
    queue: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
});
const dist = new URL('../..', import.meta.url);
const report = await run(Number(flags.jobs), Number(flags.queue));
process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : table(report));

async function run(jobs: number, queued: number): Promise<JobTimings> {
  const { jobs: timed, memory } = await withCluster(1, async (cluster) => {
    const bareMs = 1000 * (await bareSeconds(question));
    const timed: JobReport[] = [];
    for (const diagnose of [false, true]) timed.push(await timeJobs(cluster, { ...question, diagnose }, jobs, bareMs));
    return { jobs: timed, memory: await memoryOf(cluster) };
  });
  const queues: JobTimings['queues'] = [];
  for (const workers of [1, 2]) {
    const jobsPerSecond = await withCluster(0, (cluster) => timeQueue(cluster, workers, queued), workers);
    queues.push({ workers, jobs: queued, jobsPerSecond });
  }
  return { jobs: timed, queues, memory };
}

async function withCluster<T>(workers: number, use: (cluster: Cluster) => Promise<T>, spareWorkers = 0): Promise<T> {
  const cluster = await Cluster.start({ apis: 1, workers, spareWorkers, dist, fsync: 'everysec' });
  try {
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

async function timeJobs(cluster: Cluster, spec: JobSpecInput, jobs: number, bareMs: number): Promise<JobReport> {
  // The first one warms up the API and the worker, and is not counted.
  await timeJob(cluster, spec);
  const timings: Timing[] = [];
  for (let k = 0; k < jobs; k++) timings.push(await timeJob(cluster, spec));
  return {
    diagnose: spec.diagnose !== false,
    jobs,
    bareMs,
    totalMs: quantiles(timings.map(({ totalMs }) => totalMs)),
    firstProgressMs: quantiles(timings.map(({ firstProgressMs }) => firstProgressMs)),
  };
}

function quantiles(values: readonly number[]): Quantiles {
  return { p50: quantile(values, 0.5), p90: quantile(values, 0.9) };
}

function table({ jobs, queues, memory }: JobTimings): string {
  const ms = (value: number) => `${value.toFixed(0)} ms`.padStart(9);
  const lines = [
    'The question’s job, 3000 steps         bare engine   to its end, p50 and p90   to its first progress',
  ];
  for (const { diagnose, bareMs, totalMs, firstProgressMs } of jobs) {
    const name = `  ${diagnose ? 'with' : 'without'} doctor and report`.padEnd(37);
    const [total, first] = [totalMs, firstProgressMs].map(({ p50, p90 }) => `${ms(p50)} ${ms(p90)}`.padStart(24));
    lines.push(`${name}${ms(bareMs).padStart(13)}${total}${first}`);
  }
  lines.push('');
  for (const { workers, jobs, jobsPerSecond } of queues) {
    lines.push(
      `A queue of ${jobs} small jobs, ${workers} worker${workers > 1 ? 's' : ''}: ${jobsPerSecond.toFixed(1)} a second`,
    );
  }
  lines.push('', 'Memory, MiB');
  for (const [name, mebibytes] of Object.entries(memory)) lines.push(`  ${name}: ${mebibytes}`);
  return `${lines.join('\n')}\n`;
}
