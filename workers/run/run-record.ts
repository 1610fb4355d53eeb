/**
 * The record of a job as the run that trains it writes it. Every change is fenced by the attempt: when another worker
 * has taken over, nothing more is written. While Redis is away changes wait.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Decide } from '../../src/jobs/decisions/decision.ts';
import type { Versioned } from '../../src/jobs/job-reader.ts';
import type { Dispatch } from '../../src/jobs/queue.ts';
import type { Job } from '../../src/jobs/record.ts';
import type { JobStore } from '../../src/jobs/store.ts';
import { NotFoundError, UnavailableError } from '../../src/platform/errors.ts';
import { logEvent } from '../../src/platform/log-events.ts';
import type { Logger } from '../../src/platform/logger.ts';

/** Pause before a write is tried again that Redis could not take. */
const retryMs = 500;

interface RunRecordOptions {
  store: JobStore;
  dispatch: Dispatch;
  logger: Logger;
  /** Called when nothing that the run still does can be written: it is fenced, or a write failed for good. */
  onUnwritable(): void;
}

export class RunRecord {
  readonly #options: RunRecordOptions;
  #known: Versioned | undefined;
  #isFenced = false;
  /** No longer than the events that a spec may ask for: `limits.reports` and `limits.checkpoints` bound it while Redis is away. */
  #writes: Promise<void> = Promise.resolve();
  /** The first write that failed, for a reason that waiting does not mend. */
  #failure: Error | undefined;

  constructor(options: RunRecordOptions) {
    this.#options = options;
  }

  /** The job as it was last read or written; there is one once the first change has returned true. */
  get job(): Job {
    return this.#known!.job;
  }

  /** Another attempt has taken over, or the job is gone: nothing that this run says counts any more. */
  get isFenced(): boolean {
    return this.#isFenced;
  }

  /** Commits a decision, however long Redis is away. Returns false when the run is fenced or the decision refused. */
  async change(decide: Decide): Promise<boolean> {
    const { store, dispatch } = this.#options;
    while (!this.#isFenced) {
      try {
        const decision = await store.change(dispatch.id, decide, this.#known);
        this.#remember({ job: decision.job, revision: decision.revision });
        if (decision.status === 'fenced') this.fence();
        return decision.status === 'changed';
      } catch (error) {
        if (error instanceof NotFoundError) this.fence();
        else if (error instanceof UnavailableError) await delay(retryMs);
        else throw error;
      }
    }
    return false;
  }

  /** Changes the record after all changes that were passed here before; `written` says whether they succeeded. */
  changeInOrder(decide: Decide): void {
    this.#writes = this.#writes
      .then(() => this.change(decide))
      .then(
        () => {},
        (error) => {
          this.#failure ??= error;
          this.#options.onUnwritable();
        },
      );
  }

  /** Waits for all that was passed to `changeInOrder`. @throws what the first failed write threw. */
  async written(): Promise<void> {
    await this.#writes;
    if (this.#failure) throw this.#failure;
  }

  /** The record as it is now; null: the job is gone, and the run is fenced. */
  async read(): Promise<Job | null> {
    try {
      return (await this.#options.store.read(this.#options.dispatch.id)).job;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      this.fence();
      return null;
    }
  }

  fence(): void {
    if (this.#isFenced) return;
    this.#isFenced = true;
    this.#options.logger.info(logEvent('run-fenced'), 'another attempt has taken over, or the job is gone');
    this.#options.onUnwritable();
  }

  /** Of two changes at once the later commit may answer first. */
  #remember(read: Versioned): void {
    if (this.#known && Number(read.revision) < Number(this.#known.revision)) return;
    this.#known = read;
  }
}
