/**
 * Has the doctor examine the data of a job beside whatever else the process does. An examination keeps a core busy for some tenths of a second.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { DoctorReport } from './doctor-schema.ts';
import type { DataOfSpec } from './sample.ts';

const thread = fileURLToPath(new URL('./examiner-thread.js', import.meta.url));
/** The thread ends when it has had nothing to do for so long. */
const idleTimeoutMs = 10_000;
/** Examinations that wait for the thread; more are refused. */
const maxQueue = 64;

export class Examiner {
  readonly #threads = new Piscina({
    filename: thread,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    maxQueue,
  });

  examine({ task, data, training }: DataOfSpec): Promise<DoctorReport> {
    return this.#threads.run({ task, data, training });
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
