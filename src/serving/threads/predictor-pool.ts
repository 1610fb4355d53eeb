/**
 * The threads that predict, beside the event loop: a bounded queue in front of them, which a request leaves when nobody
 * waits for it any more. Weights lie in memory once for all threads; each task computes in a lane of its own.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { BusyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import {
  type PredictionOutcome,
  type PredictionTask,
  type PredictionWork,
  type PredictorSettings,
  taskStates,
} from './predictor-task.ts';

/** Fewer would let one long request hold up all others. */
const threads = Math.min(8, Math.max(2, availableParallelism()));
/** The lane of the event loop, and one for each thread. */
export const eventLoopLane = 0;
export const lanes = 1 + threads;
/** A thread that has had nothing to do for so long ends; one always stays. */
const idleTimeoutMs = 60_000;
/** JavaScript memory of a thread; a request that needs more fails alone. Weights and answers lie outside of it. */
const heapMiB = 1024;

/** Takes what is to be called when nobody waits for an answer any more. */
export type OnGone = (listener: () => void) => void;

interface Waiting {
  work: PredictionWork;
  state: Int32Array<SharedArrayBuffer>;
  settle(outcome: Promise<PredictionOutcome>): void;
}

export class PredictorPool {
  readonly #threads: Piscina<PredictionTask, PredictionOutcome>;
  readonly #queue = new Set<Waiting>();
  readonly #freeLanes = Array.from({ length: threads }, (_, index) => threads - index);

  /**
   * @param storeLocation of the store with the datasets.
   * @param file the compiled thread.
   */
  constructor(storeLocation: string, file = fileURLToPath(new URL('./predictor-thread.js', import.meta.url))) {
    this.#threads = threadPool<PredictionTask, PredictionOutcome>({
      filename: file,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: idleTimeoutMs,
      // A thread that waits with Atomics would stop what goes on after an answer, and hear of no model.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      workerData: { storeLocation } satisfies PredictorSettings,
    });
  }

  /** @throws BusyError while too many requests wait. */
  run(work: PredictionWork, onGone: OnGone): Promise<PredictionOutcome> {
    if (this.#queue.size >= limits.predictQueue) {
      throw new BusyError(`${limits.predictQueue} predictions are waiting, which is the limit; try again in a moment.`);
    }
    return new Promise((settle) => {
      const state = new Int32Array(new SharedArrayBuffer(4));
      const waiting = { work, state, settle };
      this.#queue.add(waiting);
      onGone(() => {
        Atomics.store(state, 0, taskStates.dropped);
        if (this.#queue.delete(waiting)) settle(Promise.resolve({ status: 'dropped' }));
      });
      this.#startNext();
    });
  }

  #startNext(): void {
    const [next] = this.#queue;
    const lane = next && this.#freeLanes.pop();
    if (lane === undefined) return;
    this.#queue.delete(next);
    const { work, state, settle } = next;
    const transferList = handedOver(work);
    const outcome = this.#threads.run({ work, lane, state }, { transferList }).finally(() => {
      this.#freeLanes.push(lane);
      this.#startNext();
    });
    settle(outcome);
  }

  /** Predictions that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#queue.clear();
    await this.#threads.destroy();
  }
}

/** What a thread gets for itself, uncopied. */
function handedOver(work: PredictionWork): (ArrayBuffer | MessagePort)[] {
  if (work.kind === 'body') return [work.bytes.buffer, work.port];
  if (work.kind !== 'message') return [];
  const { bytes } = work.message;
  // A small body may lie in memory that it shares with others.
  return bytes.length === bytes.buffer.byteLength ? [bytes.buffer, work.port] : [work.port];
}
