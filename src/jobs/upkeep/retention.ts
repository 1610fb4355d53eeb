/**
 * Removes jobs that have been over for long, or are too many, as `LOOKBACK_KEEP_JOBS` says: the same way as DELETE, so
 * that record, events and files go together. One process does it for all.
 */
import type { Closers } from '../../platform/closers.ts';
import { NotFoundError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import type { JobStore } from '../store.ts';
import type { JobService } from '../use-cases/steer.ts';

const passMs = 30_000;
const dutyMs = 2 * passMs;
/** Jobs that one pass removes; where there may be more the next one comes soon. */
const sliceLength = 100;
const soonMs = 1_000;

/** Which jobs that are over stay: those that are younger, and no more than so many of them. Infinity: no limit. */
export interface KeptJobs {
  ms: number;
  count: number;
}

interface RetentionResources {
  store: JobStore;
  jobs: JobService;
  logger: Pick<Logger, 'info' | 'debug'>;
}

export class JobRetention {
  readonly #resources: RetentionResources;
  readonly #kept: KeptJobs;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(resources: RetentionResources, kept: KeptJobs) {
    this.#resources = resources;
    this.#kept = kept;
  }

  start(): void {
    const next = () => {
      const pass = this.pass().catch((err) => {
        this.#resources.logger.debug({ err }, 'jobs that are over could not be removed');
        return 0;
      });
      this.#pass = pass.then((removed) => {
        if (!this.#isClosed) this.#timer = setTimeout(next, removed === sliceLength ? soonMs : passMs);
      });
    };
    next();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /** Returns how many it has removed. */
  async pass(): Promise<number> {
    const { store, jobs, logger } = this.#resources;
    if (!(await store.upkeep.lead('retention', dutyMs))) return 0;
    let removed = 0;
    for (const id of await store.upkeep.outdated(this.#kept, sliceLength)) {
      if (this.#isClosed) break;
      if (await jobs.removeIfOver(id).catch(falseIfGone)) removed++;
    }
    if (removed > 0) logger.info({ removed }, 'jobs that were over were removed, as LOOKBACK_KEEP_JOBS says');
    return removed;
  }
}

export function startRetention(resources: RetentionResources, kept: KeptJobs, closers: Closers): void {
  if (kept.ms === Number.POSITIVE_INFINITY && kept.count === Number.POSITIVE_INFINITY) return;
  const retention = new JobRetention(resources, kept);
  retention.start();
  closers.add('the retention of jobs', () => retention.close());
}

function falseIfGone(error: unknown): false {
  if (error instanceof NotFoundError) return false;
  throw error;
}
