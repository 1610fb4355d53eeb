/**
 * Bodies that would hold the event loop up for too long if it parsed and validated them: a thread does so, and hands on
 * what is left of them, which is small.
 */
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { receiveError } from '../../platform/error-transfer.ts';
import { BusyError } from '../../platform/errors.ts';
import { RawJson } from '../../platform/input/json.ts';
import { limits } from '../../platform/limits.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import type { BodyOutcome } from './large-body-thread.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a body of this route may be that is larger than those of others. */
    takesLarge?: 'job spec' | 'prediction';
  }
}

/** What a route adds to its options to take bodies up to the larger limit. */
export function takesLarge(takesLarge: 'job spec' | 'prediction') {
  return { bodyLimit: limits.body, config: { takesLarge } };
}

/** The thread ends when it has had nothing to do for so long. */
const idleTimeoutMs = 10_000;
/** Bodies that wait for the thread; more are refused. */
const maxQueue = 16;

/** A body as its schema has it: it is not validated again. */
export class ReadBody {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

export class LargeBodies {
  readonly #threads: Piscina;

  /** @param file the compiled thread. */
  constructor(file = fileURLToPath(new URL('./large-body-thread.js', import.meta.url))) {
    this.#threads = threadPool<Uint8Array, BodyOutcome>({
      filename: file,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleTimeoutMs,
      maxQueue,
    });
  }

  /**
   * A body for a route that takes large ones; the bytes are handed over. Those of predictions go on unread: the thread
   * that predicts reads them.
   * @throws InvalidInputError as the thread found it, BusyError while too many wait.
   */
  async read(bytes: Uint8Array<ArrayBuffer>, kind?: 'job spec' | 'prediction'): Promise<RawJson | ReadBody> {
    if (kind === 'prediction') return new RawJson(bytes);
    if (this.#threads.queueSize >= maxQueue) {
      throw new BusyError(
        `${maxQueue} large bodies are waiting to be read, which is the limit; try again in a moment.`,
      );
    }
    const outcome: BodyOutcome = await this.#threads.run(bytes, { transferList: [bytes.buffer] });
    if (outcome.status === 'refused') throw receiveError(outcome.error);
    return new ReadBody(outcome.value);
  }

  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
