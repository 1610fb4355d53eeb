/**
 * Cancels or removes the jobs that fit a filter, a bounded number in one call, newest first; the cursor leads on.
 */
import { ConflictError, NotFoundError } from '../../platform/errors.ts';
import { verbTransitions } from '../decisions/verbs.ts';
import type { JobFilter } from '../job-filter.ts';
import type { Job } from '../record.ts';
import { runningStatuses, terminalStatuses } from '../status.ts';
import type { JobStore } from '../store.ts';
import type { JobService } from './steer.ts';

/** Jobs that one call changes. */
const mostChanged = 100;

interface CancelOptions {
  /** Whether runs that are under way write a checkpoint before they end. */
  keepWork: boolean;
}

/** What became of a job: `cancelling` is a run that has been told to stop. */
interface BulkResult {
  id: string;
  outcome: 'cancelled' | 'cancelling' | 'removed';
}

export interface BulkPage {
  changed: BulkResult[];
  nextCursor: string | null;
}

export class BulkJobs {
  readonly #store: JobStore;
  readonly #jobs: JobService;

  constructor({ store, jobs }: { store: JobStore; jobs: JobService }) {
    this.#store = store;
    this.#jobs = jobs;
  }

  /** Cancels those that fit and are not over. */
  cancel(filter: JobFilter, cursor: number | undefined, options: CancelOptions): Promise<BulkPage> {
    return this.#each(filter, cursor, (job) => this.#cancel(job, options));
  }

  /**
   * Removes those that fit, but for those that an alias names. A run that is under way is cancelled without a
   * checkpoint; a later call removes it.
   */
  remove(filter: JobFilter, cursor: number | undefined): Promise<BulkPage> {
    return this.#each(filter, cursor, async (job) => {
      await this.#store.throwIfInUse(job.id);
      if (runningStatuses.has(job.status)) return this.#cancel(job, { keepWork: false });
      // One that is over may have been retried in this moment: then it stays.
      if (terminalStatuses.has(job.status)) return (await this.#jobs.removeIfOver(job.id)) ? 'removed' : null;
      await this.#jobs.remove(job.id);
      return 'removed';
    });
  }

  async #cancel({ id, status }: Job, { keepWork }: CancelOptions): Promise<BulkResult['outcome'] | null> {
    if (verbTransitions.cancel[status] === undefined) return null;
    const cancelled = await this.#jobs.ask('cancel', id, { keepWork });
    return cancelled.status === 'cancelled' ? 'cancelled' : 'cancelling';
  }

  async #each(
    filter: JobFilter,
    cursor: number | undefined,
    change: (job: Job) => Promise<BulkResult['outcome'] | null>,
  ): Promise<BulkPage> {
    const { jobs, nextCursor } = await this.#store.list({ ...filter, limit: mostChanged, cursor });
    const changed: BulkResult[] = [];
    for (const job of jobs) {
      const outcome = await change(job).catch(nullIfOvertaken);
      if (outcome) changed.push({ id: job.id, outcome });
    }
    return { changed, nextCursor };
  }
}

/** Somebody else changed or removed the job in this moment, or an alias names it. */
function nullIfOvertaken(error: unknown): null {
  if (error instanceof ConflictError || error instanceof NotFoundError) return null;
  throw error;
}
