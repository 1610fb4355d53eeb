/**
 * Jobs that are submitted, run and kept running, as the API and workers do it.
 */
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Decide } from '../../src/jobs/decisions/decision.ts';
import { endRun } from '../../src/jobs/decisions/run-end.ts';
import {
  claim,
  reportCheckpoint,
  reportProgress,
  reportStart,
  reportTime,
} from '../../src/jobs/decisions/run-reports.ts';
import type { Versioned } from '../../src/jobs/job-reader.ts';
import { type Dispatch, JobQueue, queueName } from '../../src/jobs/queue.ts';
import { JobStore } from '../../src/jobs/store.ts';
import type { KeyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import type { Cluster } from '../../testing/cluster.ts';

/** Submissions that are under way at once. */
const submittersAtOnce = 16;
/** What a run under way says, so that nobody takes it for lost. */
const aliveEveryMs = 1_000;
const spec = resolveJobSpec({ engine: 'simd', training: { steps: 200 } });

export class Traffic {
  readonly #redis: Redis;
  readonly #keys: KeyNames;
  readonly #store: JobStore;
  readonly #queue: JobQueue;
  readonly #workers: number;
  #running: Dispatch[] = [];

  /** @param workers that run jobs at once. */
  constructor(redis: Redis, keys: KeyNames, workers: number) {
    this.#redis = redis;
    this.#keys = keys;
    this.#store = new JobStore(redis, keys);
    this.#queue = new JobQueue(redis, keys);
    this.#workers = workers;
  }

  async counts(): Promise<{ queued: number; all: number }> {
    const { queued } = await this.#store.countByStatus();
    return { queued, all: await this.#redis.zcard(this.#keys.jobs) };
  }

  /** Jobs that have run to their end, without an entry in the queue. */
  async fill(count: number): Promise<void> {
    await this.#concurrently(count, async () => {
      const { job } = await this.#store.create(spec);
      await this.#report({ id: job.id, attempt: 1 }, { job, revision: '1' });
      await this.#store.change(job.id, endRun(1, 'succeeded', new Date()));
    });
  }

  async submit(count: number): Promise<void> {
    await this.#concurrently(count, async () => this.#queue.dispatch([(await this.#store.create(spec)).job]));
  }

  /** Jobs that clients submit over HTTP. */
  async post(client: Cluster['client'], count: number): Promise<void> {
    await this.#concurrently(count, async () => void (await client.submit(spec)));
  }

  /** Has the workers take so many entries; the last that each takes stays running until the next call. */
  async run(count: number): Promise<void> {
    await Promise.all(this.#running.map((run) => this.#end(run)));
    this.#running = [];
    let taken = 0;
    let ended = 0;
    const connections = Array.from({ length: this.#workers }, () => this.#redis.duplicate());
    const workers: Worker<Dispatch>[] = [];
    await new Promise<void>((resolve, reject) => {
      for (const connection of connections) {
        const take = async ({ data }: { data: Dispatch }) => {
          const staysRunning = ++taken > count - this.#workers;
          await this.#report(data);
          if (staysRunning) this.#running.push(data);
          else await this.#end(data);
          if (++ended === count) resolve();
        };
        const options = { connection, prefix: this.#keys.bull, removeOnComplete: { count: 0 }, autorun: false };
        const worker = new Worker<Dispatch>(queueName, take, options);
        worker.on('error', reject);
        workers.push(worker);
        void worker.run();
      }
    });
    await Promise.all(workers.map((worker) => worker.close()));
    for (const connection of connections) connection.disconnect();
  }

  /** Has the runs that stay say every second that time passes, as workers do. */
  keepAlive(): { end(): Promise<void> } {
    let seconds = 0;
    let said: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      seconds++;
      const time = { trainedSeconds: seconds, diagnosedSeconds: 0 };
      said = Promise.all(this.#running.map(({ id, attempt }) => this.#store.change(id, reportTime(attempt, time))));
    }, aliveEveryMs);
    return {
      end: async () => {
        clearInterval(timer);
        await said;
      },
    };
  }

  /** What a run of two reports and a checkpoint says before its end. */
  async #report({ id, attempt }: Dispatch, known?: Versioned): Promise<void> {
    const measured = { step: 200, loss: 0.1, accuracy: 0.9 };
    const progress = { ...measured, steps: 200, stepsPerSecond: 1_000 } as Parameters<typeof reportProgress>[1];
    const decisions: Decide[] = [
      claim(attempt, new Date()),
      reportStart(attempt, null),
      reportProgress(attempt, { ...progress, step: 100 }),
      reportProgress(attempt, progress),
      reportCheckpoint(attempt, { ...measured, sha256: '0'.repeat(64) }),
    ];
    let at = known;
    for (const decide of decisions) at = await this.#store.change(id, decide, at);
  }

  async #end({ id, attempt }: Dispatch): Promise<void> {
    await this.#store.change(id, endRun(attempt, 'succeeded', new Date()));
  }

  async #concurrently(count: number, work: () => Promise<void>): Promise<void> {
    let begun = 0;
    const one = async () => {
      while (begun++ < count) await work();
    };
    await Promise.all(Array.from({ length: submittersAtOnce }, one));
  }
}
