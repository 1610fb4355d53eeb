/**
 * Loads models beside the event loop, on a thread of its own: one that waits for a model never stands in the way of the
 * load that it waits for.
 */
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { receiveError } from '../../platform/error-transfer.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { LoaderSettings, LoadOutcome, LoadTask } from './model-loader-thread.ts';

/** The thread ends when it has had nothing to do for so long. */
const idleTimeoutMs = 30_000;

export class ModelLoader {
  readonly #threads: Piscina<LoadTask, LoadOutcome>;

  /**
   * @param storeLocation of the store with the checkpoints.
   * @param lanes how many predictors will work with a model at the same time.
   * @param file the compiled thread.
   */
  constructor(
    storeLocation: string,
    lanes: number,
    file = fileURLToPath(new URL('./model-loader-thread.js', import.meta.url)),
  ) {
    this.#threads = threadPool<LoadTask, LoadOutcome>({
      filename: file,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleTimeoutMs,
      workerData: { storeLocation, lanes } satisfies LoaderSettings,
    });
  }

  /** @throws as `loadModel` */
  async load(job: string, step: number): Promise<LoadedModel> {
    const outcome = await this.#threads.run({ job, step });
    if (outcome.status === 'refused') throw receiveError(outcome.error);
    return outcome.model;
  }

  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
