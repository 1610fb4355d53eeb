/**
 * Reads and copies the checkpoints that jobs start from beside the event loop: a large one takes some tenths of a second
 * to verify.
 */
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { receiveError } from '../../platform/error-transfer.ts';
import { BusyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import type { CopierOutcome, CopierSettings, CopierTask } from './initial-copier-thread.ts';
import type { InitialModel, InitialReference } from './initial-model.ts';

/** The thread ends when it has had nothing to do for so long. */
const idleTimeoutMs = 30_000;

export class InitialCopier {
  readonly #threads: Piscina<CopierTask, CopierOutcome>;

  /**
   * @param storeLocation of the store with the checkpoints.
   * @param file the compiled thread.
   */
  constructor(storeLocation: string, file = fileURLToPath(new URL('./initial-copier-thread.js', import.meta.url))) {
    this.#threads = threadPool<CopierTask, CopierOutcome>({
      filename: file,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleTimeoutMs,
      maxQueue: limits.initialCopies,
      workerData: { storeLocation } satisfies CopierSettings,
    });
  }

  /** @throws as `describeInitial`; BusyError */
  async describe(reference: InitialReference): Promise<InitialModel> {
    return (await this.#run({ reference })).initial!;
  }

  /** @throws as `keepInitial`; BusyError */
  async copy(reference: InitialReference, job: string): Promise<void> {
    await this.#run({ reference, job });
  }

  async close(): Promise<void> {
    await this.#threads.destroy();
  }

  async #run(task: CopierTask): Promise<Extract<CopierOutcome, { status: 'done' }>> {
    if (this.#threads.queueSize >= limits.initialCopies) {
      throw new BusyError(
        `${limits.initialCopies} requests wait for the checkpoint that a job is to start from, which is the limit; try again in a moment.`,
      );
    }
    const outcome = await this.#threads.run(task);
    if (outcome.status === 'refused') throw receiveError(outcome.error);
    return outcome;
  }
}
