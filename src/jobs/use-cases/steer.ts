/**
 * What callers can do with jobs, over the store and the queue: accept them, steer them by verbs, remove them, run them again.
 */
import type { DatasetStore } from '../../data/datasets/stored/store.ts';
import { ConflictError } from '../../platform/errors.ts';
import { datasetOf } from '../../spec/completion.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import { ask, type Verb } from '../decisions/verbs.ts';
import type { JobPage, ListOptions, Versioned } from '../job-reader.ts';
import type { JobQueue } from '../queue.ts';
import type { Job } from '../record.ts';
import { terminalStatuses } from '../status.ts';
import type { JobStore, Submitted } from '../store.ts';
import type { Unsettled } from '../upkeep/unsettled.ts';

/** The files of a job that is being removed: out of sight until they are deleted or put back. */
export interface WithdrawnFiles {
  delete(): Promise<void>;
  restore(): Promise<void>;
}

/** How long a removal waits for a running job's worker to stop. */
const stopTimeoutMs = 30_000;

export class JobService {
  readonly #store: JobStore;
  readonly #queue: JobQueue;
  readonly #waitUntilEnded: (id: string, signal: AbortSignal) => Promise<void>;
  readonly #withdrawFiles: (id: string) => Promise<WithdrawnFiles>;

  /**
   * @param waitUntilEnded resolves when the job is over (or gone).
   * @param withdrawFiles takes what a job left on disk out of sight.
   */
  constructor(
    store: JobStore,
    queue: JobQueue,
    waitUntilEnded: (id: string, signal: AbortSignal) => Promise<void>,
    withdrawFiles: (id: string) => Promise<WithdrawnFiles>,
  ) {
    this.#store = store;
    this.#queue = queue;
    this.#waitUntilEnded = waitUntilEnded;
    this.#withdrawFiles = withdrawFiles;
  }

  /**
   * Accepts the job of a complete spec: from here on it ends in exactly one terminal state.
   * @param requested the spec as it came.
   * @param id of the job, where that has files already.
   */
  async submit(
    spec: JobSpec,
    idempotencyKey?: string,
    requested = spec,
    diskBytes: number | null = null,
    id?: string,
  ): Promise<Submitted> {
    const submitted = await this.#store.create(spec, idempotencyKey, requested, diskBytes, id);
    await this.#dispatch(submitted.job);
    return submitted;
  }

  /** The job that an earlier request for this spec, with this key, has made. */
  async submittedBefore(requested: JobSpec, idempotencyKey: string): Promise<Job | undefined> {
    const job = await this.#store.findSubmitted(requested, idempotencyKey);
    if (job?.status === 'queued') await this.#dispatch(job);
    return job;
  }

  get(id: string): Promise<Job> {
    return this.#store.get(id);
  }

  list(options: ListOptions): Promise<JobPage> {
    return this.#store.list(options);
  }

  /** @throws ConflictError `illegal_transition` when the job's state does not allow it. */
  async ask(verb: Verb, id: string, options: { keepWork?: boolean; startFrom?: Job['startFrom'] } = {}): Promise<Job> {
    const decision = await this.#store.change(id, ask(verb, new Date(), options));
    if (decision.status !== 'changed') {
      const message = decision.status === 'refused' ? decision.message : `The job ${id} is ${decision.job.status}.`;
      throw new ConflictError('illegal_transition', message);
    }
    const { job } = decision;
    if (job.status === 'queued') await this.#dispatch(job);
    if (job.status === 'cancelled' || job.status === 'paused') await this.#queue.withdraw(job).catch(() => {});
    return job;
  }

  /**
   * Removes a job with its events and checkpoints; cancels it first if it is not over.
   * @throws ConflictError `in_use` while an alias names it.
   */
  async remove(id: string): Promise<void> {
    await this.#store.throwIfInUse(id);
    for (;;) {
      const read = await this.#store.read(id);
      if (!terminalStatuses.has(read.job.status)) {
        if (read.job.status !== 'cancelling') await this.#cancelForRemoval(id);
        await this.#waitUntilEnded(id, AbortSignal.timeout(stopTimeoutMs));
        const { job } = await this.#store.read(id);
        if (!terminalStatuses.has(job.status)) {
          throw new ConflictError('still_stopping', `The job ${id} is still ${job.status}; try again in a moment.`);
        }
        continue;
      }
      if (await this.#removeOver(read)) return;
    }
  }

  /** Removes a job only if it is over; false: it is not, because it was retried, say. @throws NotFoundError, and as `remove` */
  async removeIfOver(id: string): Promise<boolean> {
    await this.#store.throwIfInUse(id);
    const read = await this.#store.read(id);
    return terminalStatuses.has(read.job.status) && this.#removeOver(read);
  }

  /** Removes a job whose removal was begun by a process that is gone; false: it has changed since. @throws as `removeIfOver` */
  async finishRemoval(id: string, revision: string): Promise<boolean> {
    const read = await this.#store.read(id);
    return read.revision === revision && terminalStatuses.has(read.job.status) && this.#removeOver(read);
  }

  /**
   * Removes a job that is over; false when it has changed meanwhile. The files go out of sight before the record: a
   * disk that cannot be written refuses the whole.
   */
  async #removeOver(read: Versioned): Promise<boolean> {
    const change: Unsettled = { kind: 'removal', job: read.job.id, revision: read.revision };
    await this.#store.unsettled.begin(change);
    try {
      const files = await this.#withdrawFiles(read.job.id);
      let isGone = false;
      try {
        isGone = (await this.#store.remove(read)) !== 'conflict';
      } finally {
        if (!isGone) await files.restore();
      }
      if (isGone) await files.delete();
      return isGone;
    } finally {
      await this.#store.unsettled.end(change);
    }
  }

  /** The job may end by itself in this moment, which is as good. */
  async #cancelForRemoval(id: string): Promise<void> {
    await this.ask('cancel', id, { keepWork: false }).catch((error) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  }

  /** The record is the promise; if the queue cannot be reached now, the reconciler queues the job later. */
  async #dispatch(job: Job): Promise<void> {
    await this.#queue.dispatch([job]).catch(() => {});
  }
}

/**
 * Runs a job again that is over; its dataset may have been deleted since.
 * @throws ConflictError `dataset_deleted`, `illegal_transition`
 */
export async function retryJob(
  { jobs, datasets }: { jobs: JobService; datasets: DatasetStore },
  id: string,
  startFrom: Job['startFrom'],
): Promise<Job> {
  const { spec } = await jobs.get(id);
  const dataset = spec ? datasetOf(spec) : undefined;
  if (dataset !== undefined && !(await datasets.find(dataset))) {
    throw new ConflictError('dataset_deleted', `The dataset ${dataset} of the job ${id} was deleted: upload it again.`);
  }
  return jobs.ask('retry', id, { startFrom });
}
