/**
 * A worker: takes entries from the queue and runs them one at a time. It does no arithmetic itself, so that it always has time to say that it is alive.
 */
import { Worker as QueueWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Dispatch, queueName } from '../src/jobs/queue.ts';
import type { KeyNames } from '../src/redis.ts';
import { Run, type RunResources } from './run.ts';

export interface WorkerConnections {
  /** For BullMQ, which duplicates it for its blocking reads. */
  queue: Redis;
  /** Will be in subscriber mode. */
  control: Redis;
}

export class Worker {
  readonly #queue: QueueWorker<Dispatch>;
  #run: Run | undefined;

  constructor(resources: RunResources, connections: WorkerConnections, keys: KeyNames) {
    this.#queue = new QueueWorker<Dispatch>(
      queueName,
      async ({ data }) => {
        this.#run = new Run(resources, data);
        try {
          await this.#run.toEnd();
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
      // That Redis does not answer is said elsewhere, once.
      const level = isConnectionError(error) ? 'debug' : 'warn';
      resources.logger[level]({ err: error }, 'the queue does not answer');
    });
    this.#queue.on('failed', (_, error) => resources.logger.error({ err: error }, 'a run broke off'));
    connections.control.on('message', (_, job: string) => {
      if (this.#run?.job === job) void this.#run.look();
    });
    connections.control.subscribe(keys.controlChannel).catch(() => {});
  }

  /** Takes nothing more, and hands back what is running after a checkpoint. */
  async close(): Promise<void> {
    const closed = this.#queue.close();
    this.#run?.handBack();
    await closed;
  }
}

/** An error of the operating system, or of a connection that was closed while somebody waited for an answer. */
function isConnectionError(error: NodeJS.ErrnoException): boolean {
  return (
    error.syscall !== undefined || error.code !== undefined || /connection is closed|timed? ?out/i.test(error.message)
  );
}
