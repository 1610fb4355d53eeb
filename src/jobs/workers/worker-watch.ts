/**
 * Says in the log of the API when jobs wait and no worker is there, once, and once when a worker is there again.
 */
import type { Closers } from '../../platform/closers.ts';
import { UnavailableError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import type { JobStore } from '../store.ts';
import type { WorkerRegistry } from './registry.ts';

/** Longer than a worker takes to start and to announce itself. */
const lookMs = 5_000;

interface WorkerWatchResources {
  store: JobStore;
  workers: WorkerRegistry;
  logger: Pick<Logger, 'warn' | 'info'>;
}

export class WorkerWatch {
  readonly #resources: WorkerWatchResources;
  #isWarned = false;

  constructor(resources: WorkerWatchResources) {
    this.#resources = resources;
  }

  async look(): Promise<void> {
    const { store, workers, logger } = this.#resources;
    const [{ queued }, { length: there }] = await Promise.all([store.countByStatus(), workers.list()]);
    if (there > 0 && this.#isWarned) logger.info({ workers: there }, 'a worker is there again');
    if (there > 0) this.#isWarned = false;
    else if (queued > 0 && !this.#isWarned) {
      this.#isWarned = true;
      logger.warn({ queued }, 'jobs wait, but no worker is there: "npm run worker" starts one');
    }
  }
}

/** Looks again and again, until the process ends. */
export function startWorkerWatch(resources: WorkerWatchResources, closers: Closers): void {
  const watch = new WorkerWatch(resources);
  const look = () =>
    watch.look().catch((error) => {
      // While Redis is away nothing is known, and others say so.
      if (!(error instanceof UnavailableError)) throw error;
    });
  const timer = setInterval(() => void look(), lookMs);
  closers.add('the watch for workers', () => clearInterval(timer));
}
