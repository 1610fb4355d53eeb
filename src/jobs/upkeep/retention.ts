/**
 * Removes jobs that have been over for long, or are too many, as `LOOKBACK_KEEP_JOBS` says: the same way as DELETE, so
 * that record, events and files go together. One process does it for all.
 */
import type { Closers } from '../../platform/closers.ts';
import type { KeptJobs } from '../../platform/config.ts';
import { ConflictError, NotFoundError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { RepeatedPass } from '../../platform/repeated-pass.ts';
import type { JobStore } from '../store.ts';
import type { JobService } from '../use-cases/steer.ts';

const passMs = 30_000;
const dutyMs = 2 * passMs;
/** Jobs that one pass removes; where there may be more the next one comes soon. */
const sliceLength = 100;
const soonMs = 1_000;

interface RetentionResources {
  store: JobStore;
  jobs: JobService;
  logger: Pick<Logger, 'info' | 'debug'>;
}

export class JobRetention {
  readonly #resources: RetentionResources;
  readonly #kept: KeptJobs;
  readonly #repeated: RepeatedPass<number>;

  constructor(resources: RetentionResources, kept: KeptJobs) {
    this.#resources = resources;
    this.#kept = kept;
    this.#repeated = new RepeatedPass({
      pass: () => this.pass(),
      pauseMs: (removed) => (removed === sliceLength ? soonMs : passMs),
      onError: (err) => resources.logger.debug({ err }, 'jobs that are over could not be removed'),
    });
  }

  start(): void {
    this.#repeated.start();
  }

  async close(): Promise<void> {
    await this.#repeated.close();
  }

  /** Returns how many it has removed. */
  async pass(): Promise<number> {
    const { store, jobs, logger } = this.#resources;
    if (!(await store.upkeep.lead('retention', dutyMs))) return 0;
    let removed = 0;
    const outdated = await store.unaliased(await store.upkeep.outdated(this.#kept, sliceLength));
    for (const id of outdated.slice(0, sliceLength)) {
      if (this.#repeated.isClosed) break;
      if (await jobs.removeIfOver(id).catch(falseIfGoneOrInUse)) removed++;
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

/** Somebody removed it in this moment, or gave it an alias. */
function falseIfGoneOrInUse(error: unknown): false {
  if (error instanceof NotFoundError || error instanceof ConflictError) return false;
  throw error;
}
