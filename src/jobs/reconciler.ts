/**
 * Compares what the records promise with what is really under way, and repairs the difference: queued jobs without an entry in the queue, runs whose worker is gone.
 * Every process of Lookback runs one; they do not get in each other's way, since each repair is a fenced decision that only the first can make.
 */
import { endRun, type Job, runningStatuses } from './job.ts';
import type { JobQueue } from './queue.ts';
import type { JobStore } from './store.ts';

const passMs = 1_000;
/** A run is lost when no heartbeat was seen for this long by a reconciler that could see it: Redis itself may have been away. */
const lostAfterMs = 2_000;
/** Queued jobs are looked at in every so many passes: there may be thousands, and a missing entry is rare. */
const passesPerDispatch = 5;
const pageLength = 100;

export interface ReconcilerResources {
  store: JobStore;
  queue: JobQueue;
  /** Told of each repair. */
  onRepair(repair: { job: string; attempt: number; what: 'dispatched' | 'recovered' }): void;
  onError(error: unknown): void;
}

export class Reconciler {
  readonly #resources: ReconcilerResources;
  /** Since when each run has been without a heartbeat, by job and attempt. */
  readonly #silentSince = new Map<string, number>();
  /** Queued jobs that were seen in the pass before: only those may have missed their entry. */
  #waiting = new Set<string>();
  #passes = 0;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(resources: ReconcilerResources) {
    this.#resources = resources;
  }

  start(): void {
    const next = () => {
      this.#pass = this.pass().catch((error) => {
        // What was not seen says nothing: start counting anew.
        this.#silentSince.clear();
        this.#resources.onError(error);
      });
      void this.#pass.then(() => {
        if (!this.#isClosed) this.#timer = setTimeout(next, passMs);
      });
    };
    next();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  async pass(): Promise<void> {
    await this.#recoverLostRuns();
    if (this.#passes++ % passesPerDispatch === 0) await this.#dispatchWaiting();
  }

  async #recoverLostRuns(): Promise<void> {
    const { store, queue, onRepair } = this.#resources;
    const now = performance.now();
    const silent = new Set<string>();
    for (const job of await this.#jobsOf([...runningStatuses])) {
      if (await store.hasHeartbeat(job.id)) continue;
      const run = `${job.id} ${job.attempt}`;
      silent.add(run);
      const since = this.#silentSince.get(run) ?? now;
      this.#silentSince.set(run, since);
      if (now - since < lostAfterMs) continue;
      const decision = await store.change(job.id, endRun(job.attempt, 'lost', new Date()));
      if (decision.status !== 'changed') continue;
      onRepair({ job: job.id, attempt: job.attempt, what: 'recovered' });
      if (decision.job.status === 'queued') await queue.dispatch([decision.job]);
    }
    for (const run of this.#silentSince.keys()) if (!silent.has(run)) this.#silentSince.delete(run);
  }

  /** An entry is missing when the process that accepted the job died before it queued it, or when Redis lost it. Dispatching again does no harm where there is one. */
  async #dispatchWaiting(): Promise<void> {
    const { queue, onRepair } = this.#resources;
    const queued = await this.#jobsOf(['queued']);
    const overdue = queued.filter((job) => this.#waiting.has(`${job.id} ${job.attempt}`));
    this.#waiting = new Set(queued.map((job) => `${job.id} ${job.attempt}`));
    const missing = await queue.withoutEntry(overdue);
    if (missing.length === 0) return;
    await queue.dispatch(missing);
    for (const job of missing) onRepair({ job: job.id, attempt: job.attempt + 1, what: 'dispatched' });
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
