/**
 * Has the doctor examine the data of a job, or a dataset, beside whatever else the process does. An examination keeps a
 * core busy for some tenths of a second, or for some seconds where probes are trained.
 */
import { fileURLToPath } from 'node:url';
import { CorruptDatasetError, NotFoundError, StorageError, UnavailableError } from '../../platform/errors.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import type { ExaminedData } from '../sampling/dataset-sample.ts';
import type { DataOfSpec } from '../sampling/sample.ts';
import type { DoctorReport, ExaminationDepth } from './doctor-schema.ts';
import type { Examined, ExaminerTask } from './examiner-thread.ts';

const thread = fileURLToPath(new URL('./examiner-thread.js', import.meta.url));
/** The thread ends when it has had nothing to do for so long. */
const idleTimeoutMs = 10_000;
/** Examinations that wait for the thread; more are refused. */
const maxQueue = 64;

export class Examiner {
  readonly #storeLocation: string;
  readonly #threads = threadPool<ExaminerTask, Examined>({
    filename: thread,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    maxQueue,
  });

  /** @param storeLocation of the store that the thread reads datasets from. */
  constructor(storeLocation: string) {
    this.#storeLocation = storeLocation;
  }

  /**
   * The data that a job trains on: a built-in task, or a dataset with its split. Throws a NotFoundError or
   * CorruptDatasetError over a dataset, an UnavailableError while too many wait.
   */
  examine({ task, data, training }: DataOfSpec, depth: ExaminationDepth = 'full'): Promise<DoctorReport> {
    return this.#run({ spec: { task, data, training } }, task.type === 'dataset' ? task.dataset : task.type, depth);
  }

  /** A dataset by itself. Throws what `examine` throws. */
  examineDataset(id: string, depth: ExaminationDepth = 'full'): Promise<DoctorReport> {
    return this.#run({ dataset: id }, id, depth);
  }

  async #run(data: ExaminedData, name: string, depth: ExaminationDepth): Promise<DoctorReport> {
    if (this.#threads.queueSize >= maxQueue) throw new UnavailableError('The doctor is busy; try again in a moment.');
    const examined: Examined = await this.#threads.run({ data, depth, storeLocation: this.#storeLocation });
    if (examined.status === 'missing') throw new NotFoundError('dataset', name);
    if (examined.status === 'corrupt') throw new CorruptDatasetError(name);
    if (examined.status === 'storage-failure') throw new StorageError(examined.failure.code, examined.failure.message);
    return examined.report;
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
