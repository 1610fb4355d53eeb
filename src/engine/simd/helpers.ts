/**
 * The threads that help a trainer. They wait in WebAssembly for its next step (assembly/threads.ts) until they are ended.
 */
import { Worker } from 'node:worker_threads';
import { type SimdExports, simdModule } from './module.ts';

const entry = new URL('./helper-thread.mjs', import.meta.url);

export class Helpers {
  readonly #threads: Worker[];
  /** Why a thread has ended by itself, as far as that is known yet. */
  failure: unknown;

  /**
   * Starts `count` threads for an instance that has its plan. Its next step waits until they are there; once one of
   * them is gone, every step traps.
   */
  constructor(instance: SimdExports, count: number) {
    const module = simdModule('shared');
    const { memory } = instance;
    this.#threads = Array.from({ length: count }, (_, index) => {
      const thread = new Worker(entry, { workerData: { module, memory, number: index + 1 }, execArgv: [] });
      thread.on('error', (error) => {
        this.failure ??= error;
      });
      thread.on('exit', () => instance.fail());
      // A process that has nothing else to do must not wait for the next step.
      thread.unref();
      return thread;
    });
  }

  end(): void {
    for (const thread of this.#threads) void thread.terminate();
  }
}
