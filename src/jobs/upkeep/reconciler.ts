/**
 * Compares what the records promise with what is really under way, and repairs the difference: queued jobs without an
 * entry in the queue, entries without a job, runs whose worker is gone, and what removed jobs left on disk. Every
 * process of Lookback runs one: each looks for runs that are lost, and one at a time looks at the queue. They do not
 * get in each other's way, since each repair is a fenced decision that only the first can make.
 */
import type { Closers } from '../../platform/closers.ts';
import { NotFoundError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { isAway } from '../../platform/redis/connections.ts';
import { RepeatedPass } from '../../platform/repeated-pass.ts';
import { endRun, workerLost } from '../decisions/run-end.ts';
import type { JobQueue } from '../queue.ts';
import type { Job, JobError } from '../record.ts';
import { runningStatuses } from '../status.ts';
import type { JobStore } from '../store.ts';
import { Silence } from './silence.ts';

const passMs = 1_000;
/**
 * A run whose record stood still for this long is lost; live ones move it every second. With the pause between passes,
 * a dead worker is noticed within 10 s.
 */
const lostAfterMs = 6_000;
const silent: JobError = {
  ...workerLost,
  message: `${workerLost.message}: it said nothing for ${lostAfterMs / 1000} s`,
};
/** The queue is looked at in every so many passes, by one process for all; another takes over when that one has not for so long. */
export const passesPerDispatch = 5;
const dutyMs = 3 * passesPerDispatch * passMs;
/** A queued job has its entry milliseconds after its record, or the process that accepted it is gone. */
const undispatchedAfterMs = 3_000;
/** What is merely in the way, and a day old, is looked for once an hour: in a bucket that takes two requests for each job. */
const passesPerSweep = 3_600;
const pageLength = 100;
/** Jobs and entries of the queue that one look takes, however many there are. */
const sliceLength = 100;

/** Starts the reconciler of a process, which ends with it. */
export function startReconciler(
  resources: Pick<ReconcilerResources, 'store' | 'queue' | 'sweepFiles'>,
  closers: Closers,
  logger: Logger,
): void {
  const reconciler = new Reconciler({
    ...resources,
    onRepair: (repair) => logger.warn(repair, 'a job was repaired'),
    onError: (error) => {
      // The log says elsewhere, once, that Redis does not answer.
      const level = isAway(error) ? 'debug' : 'warn';
      logger[level]({ err: error }, 'jobs could not be compared with what is under way');
    },
  });
  reconciler.start();
  closers.add('the reconciler', () => reconciler.close());
}

interface ReconcilerResources {
  store: JobStore;
  queue: JobQueue;
  /** Told of each repair. */
  onRepair(repair: { job: string; attempt?: number; what: 'dispatched' | 'recovered' | 'entry removed' }): void;
  /** Removes what lies on disk of jobs that are not there. */
  sweepFiles?(isJob: (id: string) => Promise<boolean>): Promise<void>;
  onError(error: unknown): void;
}

export class Reconciler {
  readonly #resources: ReconcilerResources;
  readonly #silence = new Silence(2 * passMs);
  /** Where the slices of queued jobs, in order of submission, and of entries go on. */
  #queuedPlace = '0';
  #entryPlace = 0;
  #passes = 0;
  readonly #repeated: RepeatedPass;

  constructor(resources: ReconcilerResources) {
    this.#resources = resources;
    this.#repeated = new RepeatedPass({
      pass: () => this.pass(),
      pauseMs: () => passMs,
      onError: (error) => {
        this.#silence.forget();
        this.#resources.onError(error);
      },
    });
  }

  start(): void {
    this.#repeated.start();
  }

  async close(): Promise<void> {
    await this.#repeated.close();
  }

  async pass(): Promise<void> {
    const isDue = (passes: number) => this.#passes % passes === 0;
    await this.#recoverLostRuns();
    if (isDue(passesPerDispatch)) await this.#lookAtQueue();
    if (isDue(passesPerSweep)) await this.#sweepFiles();
    this.#passes++;
  }

  async #recoverLostRuns(): Promise<void> {
    const { store, queue, onRepair } = this.#resources;
    for (const [job, silentMs] of this.#silence.look(await this.#jobsOf([...runningStatuses]))) {
      if (silentMs < lostAfterMs) continue;
      const decision = await store.change(job.id, endRun(job.attempt, 'lost', new Date(), silent)).catch(nullIfRemoved);
      if (decision?.status !== 'changed') continue;
      onRepair({ job: job.id, attempt: job.attempt, what: 'recovered' });
      if (decision.job.status === 'queued') await queue.dispatch([decision.job]);
    }
  }

  /** Its cost does not grow with the queue: a small index, and a slice. */
  async #lookAtQueue(): Promise<void> {
    if (!(await this.#resources.store.upkeep.lead('queue', dutyMs))) return;
    await this.#dispatchMissing();
    await this.#dispatchMissingInSlice();
    await this.#removeEntriesInSlice();
  }

  /**
   * An entry is missing when the process that accepted the job died before it queued it. Dispatching again does no harm
   * where there is one.
   */
  async #dispatchMissing(): Promise<void> {
    const { store, queue } = this.#resources;
    const marked = await store.getAll(await store.upkeep.undispatched(undispatchedAfterMs, sliceLength));
    const queued = marked.filter(({ status }) => status === 'queued');
    const missing = await queue.withoutEntry(queued);
    await queue.dispatch(queued);
    this.#tell(missing);
  }

  /** Another program may have removed an entry from Redis: all queued jobs are looked at in turn, the oldest first. */
  async #dispatchMissingInSlice(): Promise<void> {
    const { store, queue } = this.#resources;
    const { ids, next } = await store.upkeep.queuedAfter(this.#queuedPlace, sliceLength);
    this.#queuedPlace = next ?? '0';
    const jobs = await store.getAll(await store.upkeep.dispatched(ids));
    const missing = await queue.withoutEntry(jobs.filter(({ status }) => status === 'queued'));
    await queue.dispatch(missing);
    this.#tell(missing);
  }

  #tell(dispatched: readonly Job[]): void {
    for (const { id, attempt } of dispatched) {
      this.#resources.onRepair({ job: id, attempt: attempt + 1, what: 'dispatched' });
    }
  }

  /** Entries of jobs that are gone. A worker that meets one passes over it; without a worker it would lie there. */
  async #removeEntriesInSlice(): Promise<void> {
    const { store, queue, onRepair } = this.#resources;
    const entries = await queue.entries(this.#entryPlace, sliceLength);
    this.#entryPlace = entries.length < sliceLength ? 0 : this.#entryPlace + sliceLength;
    const isThere = await Promise.all(entries.map(({ id }) => store.has(id)));
    for (const [i, { id, attempt }] of entries.entries()) {
      if (isThere[i]) continue;
      await queue.withdraw({ id, attempt: attempt - 1 });
      onRepair({ job: id, attempt, what: 'entry removed' });
    }
  }

  /** What removed jobs left on disk. */
  async #sweepFiles(): Promise<void> {
    const { store, sweepFiles } = this.#resources;
    if (!sweepFiles || !(await store.upkeep.lead('files', passesPerSweep * passMs))) return;
    await sweepFiles((id) => store.has(id));
  }

  async #jobsOf(statuses: Job['status'][]): Promise<Job[]> {
    const found: Job[] = [];
    for (const status of statuses) {
      let cursor: number | undefined;
      do {
        const page = await this.#resources.store.list({ limit: pageLength, cursor, status });
        found.push(...page.jobs);
        cursor = page.nextCursor === null ? undefined : Number(page.nextCursor);
      } while (cursor !== undefined);
    }
    return found;
  }
}

function nullIfRemoved(error: unknown): null {
  if (error instanceof NotFoundError) return null;
  throw error;
}
