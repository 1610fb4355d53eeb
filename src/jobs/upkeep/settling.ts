/**
 * Finishes what a process that died has left half done between the store and Redis (`UnsettledChanges`): files without a
 * job go, and so does a job whose files are gone. One process does it for all.
 */
import type { Closers } from '../../platform/closers.ts';
import { ConflictError, NotFoundError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { RepeatedPass } from '../../platform/repeated-pass.ts';
import type { JobStore } from '../store.ts';
import type { JobService } from '../use-cases/steer.ts';
import type { Unsettled } from './unsettled.ts';

const passMs = 30_000;
const dutyMs = 2 * passMs;
const sliceLength = 100;
/**
 * After so long whoever began it is gone. Files: longer than all imports together that may be under way. A removal that two
 * finish does no harm: a record goes once.
 */
const longestMs = { files: 10 * 60_000, removal: 60_000 };

interface SettlingResources {
  store: JobStore;
  jobs: JobService;
  /** Removes all that a job has kept. */
  dropFiles(job: string): Promise<void>;
  logger: Pick<Logger, 'info' | 'debug'>;
}

export class Settling {
  readonly #resources: SettlingResources;
  readonly #longestMs: Readonly<Record<Unsettled['kind'], number>>;
  readonly #repeated: RepeatedPass;

  constructor(resources: SettlingResources, longest: Readonly<Record<Unsettled['kind'], number>> = longestMs) {
    this.#resources = resources;
    this.#longestMs = longest;
    this.#repeated = new RepeatedPass({
      pass: () => this.pass(),
      pauseMs: () => passMs,
      onError: (err) => resources.logger.debug({ err }, 'what was left half done could not be finished'),
    });
  }

  start(): void {
    this.#repeated.start();
  }

  async close(): Promise<void> {
    await this.#repeated.close();
  }

  async pass(): Promise<void> {
    const { store, logger } = this.#resources;
    if (!(await store.upkeep.lead('settling', dutyMs))) return;
    for (const { change, ageMs } of await store.unsettled.all(sliceLength)) {
      if (this.#repeated.isClosed) return;
      if (ageMs < this.#longestMs[change.kind]) continue;
      if (await this.#settle(change)) logger.info(change, 'a change that a process had left half done was finished');
      await store.unsettled.end(change);
    }
  }

  /** @returns whether there was anything to do. */
  async #settle(change: Unsettled): Promise<boolean> {
    const { store, jobs, dropFiles } = this.#resources;
    if (change.kind === 'removal') return jobs.finishRemoval(change.job, change.revision).catch(falseIfGoneOrInUse);
    if (await store.has(change.job)) return false;
    await dropFiles(change.job);
    return true;
  }
}

export function startSettling(resources: SettlingResources, closers: Closers): void {
  const settling = new Settling(resources);
  settling.start();
  closers.add('the settling of changes', () => settling.close());
}

/** Somebody removed it in the meantime, or gave it an alias. */
function falseIfGoneOrInUse(error: unknown): false {
  if (error instanceof NotFoundError || error instanceof ConflictError) return false;
  throw error;
}
