/**
 * What 100,000 jobs cost, and whether anything grows worse with their number: submissions and claims a second, lists,
 * memory of Redis, a pass of the reconciler. `npm run bench:scale -- [--jobs 100000] [--workers 50] [--json]`
 *
 * The workers are those of BullMQ, in this process; their engine only says what a run of two reports and a checkpoint
 * says. The API is a process of its own; it, Redis and this process share the machine.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { endRun } from '../src/jobs/decisions/run-end.ts';
import { claim, reportCheckpoint, reportProgress, reportStart } from '../src/jobs/decisions/run-reports.ts';
import { type Dispatch, JobQueue, queueName } from '../src/jobs/queue.ts';
import { JobStore } from '../src/jobs/store.ts';
import { Reconciler } from '../src/jobs/upkeep/reconciler.ts';
import { limits } from '../src/platform/limits.ts';
import { connect, defaultPrefix, keyNames } from '../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../src/spec/job-spec.ts';
import { Cluster } from '../testing/cluster.ts';

/** Submissions that are under way at once. */
const submittersAtOnce = 16;
const listings = 100;
const passes = 10;
/** Jobs that stay queued at the end, and that stay running. */
const left = { queued: 5_000, running: 50 };
/** Runs that nobody goes on with are queued again by the API's reconciler. */
const runsThatCount = 10 * left.running;
const keys = keyNames(defaultPrefix);
const spec = resolveJobSpec({ engine: 'simd', training: { steps: 200 } });

interface Figures {
  jobs: number;
  submissionsPerSecond: number;
  claimsPerSecond: number;
  /** Of the first page of 100 jobs, of one in the middle, and of those of a status, over HTTP. */
  firstPageMs: Quantiles;
  middlePageMs: Quantiles;
  queuedPageMs: Quantiles;
  /** A pass that looks for lost runs, and one that looks at the queue as well. */
  passMs: Quantiles;
  redisBytesPerJob: number;
  redisBytesPerEvent: number;
}

interface Quantiles {
  p50: number;
  p99: number;
}

class ScaleBench {
  readonly #redis: Redis;
  readonly #store: JobStore;
  readonly #queue: JobQueue;
  readonly #url: string;
  readonly #workers: number;
  readonly #emptyBytes: number;
  #jobs = 0;

  static async open(cluster: Cluster, workers: number): Promise<ScaleBench> {
    const redis = connect(cluster.redis, 'background');
    return new ScaleBench(redis, cluster, workers, await usedBytes(redis));
  }

  private constructor(redis: Redis, cluster: Cluster, workers: number, emptyBytes: number) {
    this.#redis = redis;
    this.#store = new JobStore(redis, keys);
    this.#queue = new JobQueue(redis, keys);
    this.#url = cluster.apis[0].url;
    this.#workers = workers;
    this.#emptyBytes = emptyBytes;
  }

  /** Submits and runs until there are so many jobs, the last of which stay queued and running; then looks at all. */
  async measure(jobs: number): Promise<Figures> {
    const submitted: number[] = [];
    const claimed: number[] = [];
    while (this.#jobs < jobs) {
      const queued = (await this.#store.countByStatus()).queued;
      const count = Math.min(jobs - this.#jobs, limits.queuedJobs - queued - runsThatCount);
      submitted.push(count / (await secondsOf(() => this.#submit(count))));
      this.#jobs += count;
      const toRun = Math.max(0, queued + count - left.queued);
      if (toRun > 0) claimed.push(toRun / (await secondsOf(() => this.#run(toRun))));
    }
    const { perJob, perEvent } = await this.#memory();
    return {
      jobs,
      submissionsPerSecond: Math.round(median(submitted)),
      claimsPerSecond: Math.round(median(claimed)),
      firstPageMs: await this.#listed('/v1/jobs?limit=100'),
      middlePageMs: await this.#listed(`/v1/jobs?limit=100&cursor=${await this.#cursorInTheMiddle()}`),
      queuedPageMs: await this.#listed('/v1/jobs?limit=100&status=queued'),
      passMs: await this.#passed(),
      redisBytesPerJob: perJob,
      redisBytesPerEvent: perEvent,
    };
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #submit(count: number): Promise<void> {
    let next = 0;
    const submitter = async () => {
      while (next++ < count) await this.#queue.dispatch([(await this.#store.create(spec)).job]);
    };
    await Promise.all(Array.from({ length: submittersAtOnce }, submitter));
  }

  /** Has the workers take so many entries; the last of all claims stay as runs under way. */
  async #run(count: number): Promise<void> {
    let taken = 0;
    const connections = Array.from({ length: this.#workers }, () => this.#redis.duplicate());
    const workers: Worker<Dispatch>[] = [];
    await new Promise<void>((resolve, reject) => {
      let ended = 0;
      for (const connection of connections) {
        const worker = new Worker<Dispatch>(
          queueName,
          async ({ data }) => {
            const isLast = ++taken > count - left.running;
            await this.#runOne(data, isLast);
            if (++ended === count) resolve();
          },
          { connection, prefix: keys.bull, concurrency: 1, removeOnComplete: { count: 0 }, autorun: false },
        );
        worker.on('error', reject);
        workers.push(worker);
        void worker.run();
      }
    });
    await Promise.all(workers.map((worker) => worker.close()));
    for (const connection of connections) connection.disconnect();
  }

  async #runOne({ id, attempt }: Dispatch, isLeftRunning: boolean): Promise<void> {
    const measured = { step: 200, loss: 0.1, accuracy: 0.9 };
    const words = [
      claim(attempt, new Date()),
      reportStart(attempt, null),
      reportProgress(attempt, { ...measured, step: 100, steps: 200, stepsPerSecond: 1_000 } as never),
      reportProgress(attempt, { ...measured, steps: 200, stepsPerSecond: 1_000 } as never),
      reportCheckpoint(attempt, { ...measured, sha256: '0'.repeat(64) }),
    ];
    for (const word of words) await this.#store.change(id, word);
    if (!isLeftRunning) await this.#store.change(id, endRun(attempt, 'succeeded', new Date()));
  }

  async #listed(path: string): Promise<Quantiles> {
    const times: number[] = [];
    for (let i = 0; i < listings; i++) {
      const seconds = await secondsOf(async () => {
        const response = await fetch(this.#url + path);
        const { data } = (await response.json()) as { data: unknown[] };
        if (data.length === 0) throw new Error(`${path} lists nothing.`);
      });
      times.push(1_000 * seconds);
    }
    return quantilesOf(times);
  }

  async #cursorInTheMiddle(): Promise<string> {
    const place = Math.floor(this.#jobs / 2);
    const [, sequence] = await this.#redis.zrange(keys.jobs, String(place), String(place), 'WITHSCORES');
    return sequence;
  }

  async #passed(): Promise<Quantiles> {
    const reconciler = new Reconciler({
      store: this.#store,
      queue: this.#queue,
      onRepair: () => {},
      onError: (error) => {
        throw error;
      },
    });
    const times: number[] = [];
    for (let i = 0; i < passes; i++) times.push(1_000 * (await secondsOf(() => reconciler.pass())));
    return quantilesOf(times);
  }

  /** Of Redis, beyond what it takes empty: the logs of events, and all the rest. */
  async #memory(): Promise<{ perJob: number; perEvent: number }> {
    const ids = await this.#redis.zrange(keys.jobs, '0', '999');
    const logs = await Promise.all(
      ids.map(async (id) => ({
        bytes: (await this.#redis.memory('USAGE', keys.events(id), 'SAMPLES', 0)) as number,
        events: await this.#redis.llen(keys.events(id)),
      })),
    );
    const events = logs.reduce((sum, log) => sum + log.events, 0);
    const bytes = logs.reduce((sum, log) => sum + log.bytes, 0);
    const used = (await usedBytes(this.#redis)) - this.#emptyBytes;
    return { perJob: Math.round(used / this.#jobs), perEvent: Math.round(bytes / events) };
  }
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

function quantilesOf(times: number[]): Quantiles {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1));
  return { p50: at(0.5), p99: at(0.99) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '100000' },
    workers: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
  },
});

const cluster = await Cluster.start({
  apis: 1,
  workers: 0,
  fsync: 'everysec',
  environment: { LOOKBACK_KEEP_JOBS: 'all' },
  dist: new URL('../', import.meta.url),
});
try {
  const bench = await ScaleBench.open(cluster, Number(values.workers));
  const sizes = [0.1, 0.3, 1].map((share) => Math.round(share * Number(values.jobs)));
  const figures: Figures[] = [];
  for (const size of sizes) {
    process.stderr.write(`${size} jobs ...\n`);
    figures.push(await bench.measure(size));
    process.stderr.write(`${JSON.stringify(figures.at(-1))}\n`);
  }
  bench.close();
  if (values.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  else console.table(Object.fromEntries(figures.map(({ jobs, ...row }) => [jobs, flat(row)])));
} finally {
  await cluster.close();
}

/** Quantiles as one cell. */
function flat(row: object): Record<string, unknown> {
  const cell = (value: unknown) =>
    typeof value === 'object' ? `${(value as Quantiles).p50} / ${(value as Quantiles).p99}` : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)]));
}
