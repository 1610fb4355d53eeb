/**
 * A worker: takes entries from the queue and runs them one at a time. It does no arithmetic itself, so that it always
 * has time to say that it is alive.
 */
import { DelayedError, Worker as QueueWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { EngineName } from '../src/engine/registry.ts';
import { type Dispatch, queueName } from '../src/jobs/queue.ts';
import { type JobEngine, specOf } from '../src/jobs/record.ts';
import { NotFoundError } from '../src/platform/errors.ts';
import { isAway, type KeyNames } from '../src/platform/redis/connections.ts';
import type { JobSpec } from '../src/spec/job-spec.ts';
import { Run, type RunResources } from './run/run.ts';

/** An entry that this worker cannot run is put back for so long: until an engine is loaded here, or for another worker to take it. */
const putBackMs = { loading: 1_000, missing: 5_000 };

interface WorkerResources extends RunResources {
  /** The engine that a job needs, if this worker does not offer it; null: it can run the job. */
  missingEngine(spec: JobSpec, chosen: JobEngine | null): Promise<{ name: EngineName; isLoading: boolean } | null>;
}

interface WorkerConnections {
  /** For BullMQ, which duplicates it for its blocking reads. */
  queue: Redis;
  /** Will be in subscriber mode. */
  control: Redis;
}

export class Worker {
  readonly #queue: QueueWorker<Dispatch>;
  readonly #connection: Redis;
  #run: Run | undefined;
  /** Ends with the run that is under way. */
  #running: Promise<void> = Promise.resolve();

  constructor(resources: WorkerResources, connections: WorkerConnections, keys: KeyNames) {
    this.#connection = connections.queue;
    this.#queue = new QueueWorker<Dispatch>(
      queueName,
      async (entry, token) => {
        const { data } = entry;
        const delayMs = await putBackFor(data, resources);
        if (delayMs > 0) {
          await entry.moveToDelayed(Date.now() + delayMs, token);
          throw new DelayedError();
        }
        this.#run = new Run(resources, data);
        const ended = this.#run.toEnd();
        this.#running = ended.catch(() => {});
        try {
          await ended;
        } finally {
          this.#run = undefined;
        }
      },
      {
        connection: connections.queue,
        prefix: keys.bull,
        concurrency: 1,
        lockDuration: 10_000,
        stalledInterval: 5_000,
        // The record decides what an entry that comes again is worth, so BullMQ need not give up on it.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    );
    this.#queue.on('error', (error) => {
      // The log says elsewhere, once, that Redis does not answer.
      const level = isAway(error) ? 'debug' : 'warn';
      resources.logger[level]({ err: error }, 'the queue does not answer');
    });
    this.#queue.on('failed', (_, error) => resources.logger.error({ err: error }, 'a run broke off'));
    connections.control.on('message', (_, job: string) => {
      if (this.#run?.job === job) void this.#run.look();
    });
    connections.control.subscribe(keys.controlChannel).catch(() => {});
  }

  /** The job that it runs; null: none. */
  get job(): string | null {
    return this.#run?.job ?? null;
  }

  /** Takes nothing more, and hands back what is running after a checkpoint. */
  async close(): Promise<void> {
    // BullMQ waits for a Redis that is away before it closes; only a run has a reason to.
    const closed = this.#queue.close(this.#connection.status !== 'ready');
    this.#run?.handBack();
    await this.#running;
    await closed;
  }
}

/** How long another worker should have the entry, in ms; 0: the job can be run here, or the run will tell why not. */
async function putBackFor({ id }: Dispatch, { store, missingEngine, logger }: WorkerResources): Promise<number> {
  try {
    const job = await store.get(id);
    const missing = job.status === 'queued' ? await missingEngine(specOf(job), job.engine) : null;
    if (!missing) return 0;
    logger.debug({ job: id, engine: missing.name }, 'a job was put back, because its engine is not offered here');
    return missing.isLoading ? putBackMs.loading : putBackMs.missing;
  } catch (error) {
    // The job, or its dataset, is gone.
    if (error instanceof NotFoundError) return 0;
    throw error;
  }
}
