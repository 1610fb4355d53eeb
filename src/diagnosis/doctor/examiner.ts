/**
 * Has the doctor examine the data of a job, or a dataset, beside whatever else the process does. An examination keeps a
 * core busy for some tenths of a second, or for some seconds where probes are trained.
 */
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
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
/** Reports that are kept: a dashboard asks again while a spec is typed, mostly about the same data. */
const keptReports = 64;

export class Examiner {
  readonly #storeLocation: string;
  readonly #threads = threadPool<ExaminerTask, Examined>({
    filename: thread,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    maxQueue,
  });

  /** By what was examined: datasets do not change, and the same data give the same report. */
  readonly #reports = new LRUCache<string, Promise<DoctorReport>>({ max: keptReports });

  /** @param storeLocation of the store that the thread reads datasets from. */
  constructor(storeLocation: string) {
    this.#storeLocation = storeLocation;
  }

  /**
   * The data that a job trains on: a built-in task, or a dataset with its split. A dataset must exist; of one that was
   * deleted, an earlier report may come back. Throws a NotFoundError or CorruptDatasetError over a dataset, an
   * UnavailableError while too many wait.
   */
  examine({ task, data, training }: DataOfSpec, depth: ExaminationDepth = 'full'): Promise<DoctorReport> {
    const name = task.type === 'dataset' ? task.dataset : task.type;
    const { seed, steps } = training;
    const key = JSON.stringify([task, data, seed, task.type === 'dataset' ? null : steps, depth]);
    return this.#kept(key, () => this.#run({ spec: { task, data, training } }, name, depth));
  }

  /** A dataset by itself. Throws what `examine` throws. */
  examineDataset(id: string, depth: ExaminationDepth = 'full'): Promise<DoctorReport> {
    return this.#kept(JSON.stringify([id, depth]), () => this.#run({ dataset: id }, id, depth));
  }

  /** Of equal requests one is examined, also while it is under way; a failure is not kept. */
  #kept(key: string, examine: () => Promise<DoctorReport>): Promise<DoctorReport> {
    const known = this.#reports.get(key);
    if (known) return known;
    const report = examine();
    this.#reports.set(key, report);
    report.catch(() => this.#reports.delete(key));
    return report;
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
