/**
 * The threads that predict, beside the event loop: a bounded queue in front of them, from which a request is dropped
 * when nobody waits for it any more.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { BusyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { threadPool } from '../platform/process/thread-pool.ts';
import { type PredictionOutcome, type PredictionTask, type PredictorSettings, taskStates } from './predictor-task.ts';

/** Fewer would let one long request hold up all others; with more, the share of the cache would be too small for the largest model. */
const threads = Math.min(3, Math.max(2, availableParallelism()));
/** A thread that has had nothing to do for so long ends, and its models with it; one always stays. */
const idleTimeoutMs = 60_000;
/** JavaScript memory of a thread; a request that needs more fails alone. Weights and answers lie outside of it. */
const heapMiB = 1024;

export class PredictorPool {
  readonly #threads: Piscina;

  /**
   * @param storeLocation of the store with the checkpoints.
   * @param file the compiled thread.
   */
  constructor(storeLocation: string, file = fileURLToPath(new URL('./predictor-thread.js', import.meta.url))) {
    this.#threads = threadPool<PredictionTask, PredictionOutcome>({
      filename: file,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: idleTimeoutMs,
      maxQueue: limits.predictQueue,
      // A thread that waits with Atomics would stop what goes on after an answer.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      workerData: { storeLocation, cacheBytes: limits.predictCacheBytes / threads } satisfies PredictorSettings,
    });
  }

  /**
   * @param work a request, or its bytes, which are handed over.
   * @param onGone takes what is to be called when nobody waits for the answer any more.
   * @throws BusyError while too many requests wait.
   */
  async run(work: PredictionTask['work'], onGone: (listener: () => void) => void): Promise<PredictionOutcome> {
    if (this.#threads.queueSize >= limits.predictQueue) {
      throw new BusyError(`${limits.predictQueue} predictions are waiting, which is the limit; try again in a moment.`);
    }
    const state = new Int32Array(new SharedArrayBuffer(4));
    const queued = new AbortController();
    onGone(() => {
      const before = Atomics.exchange(state, 0, taskStates.dropped);
      if (before === taskStates.waiting) queued.abort();
    });
    const transferList = work instanceof Uint8Array ? [work.buffer] : [];
    try {
      return await this.#threads.run({ work, state }, { signal: queued.signal, transferList });
    } catch (error) {
      if (queued.signal.aborted) return { status: 'dropped' };
      throw error;
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
