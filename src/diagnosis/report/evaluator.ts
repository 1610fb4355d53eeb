/**
 * Evaluations for the process that answers requests: on a thread of their own, one after the other, with a bounded
 * queue in front of it.
 */
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { receiveError } from '../../platform/error-transfer.ts';
import { BusyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import type { EvaluatedCheckpoint, EvaluationRequest } from './evaluation/evaluation-schema.ts';
import type { EvaluationOutcome, EvaluationTask } from './evaluator-thread.ts';

/** The thread ends when it has had nothing to do for so long. */
const idleTimeoutMs = 10_000;

export class Evaluator {
  readonly #storeLocation: string;
  readonly #threads: Piscina;

  /**
   * @param storeLocation of the store with checkpoints and datasets.
   * @param file the compiled thread.
   */
  constructor(storeLocation: string, file = fileURLToPath(new URL('./evaluator-thread.js', import.meta.url))) {
    this.#storeLocation = storeLocation;
    this.#threads = threadPool<EvaluationTask, EvaluationOutcome>({
      filename: file,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleTimeoutMs,
      maxQueue: limits.evaluationQueue,
    });
  }

  /** @throws what `evaluateCheckpoint` throws; BusyError while too many wait. */
  async evaluate(job: string, request: EvaluationRequest): Promise<EvaluatedCheckpoint> {
    if (this.#threads.queueSize >= limits.evaluationQueue) {
      throw new BusyError(`${limits.evaluationQueue} evaluations are waiting, which is the limit; try again later.`);
    }
    const outcome: EvaluationOutcome = await this.#threads.run({ job, request, storeLocation: this.#storeLocation });
    if (outcome.status === 'refused') throw receiveError(outcome.error);
    return outcome.evaluated;
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
