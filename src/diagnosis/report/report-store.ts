/**
 * The reports of jobs, each beside the job's checkpoints and removed with them.
 */
import { reportKey } from '../../checkpoints/keys.ts';
import { NotFoundError } from '../../platform/errors.ts';
import { currentVersion, ensureReadable } from '../../platform/versions.ts';
import type { Blobs } from '../../storage/blob-store.ts';
import type { JudgedLosses } from './comparison.ts';
import type { Report } from './report-schema.ts';

type StoredReport = Report & { version?: number; judged?: JudgedLosses };

export class ReportStore {
  readonly #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** The report appears whole, in the place of one that was there before, with the losses that later jobs are compared by. */
  async save(job: string, report: Report, judged?: JudgedLosses): Promise<void> {
    await this.#blobs.put(reportKey(job), JSON.stringify({ version: currentVersion, judged, ...report }));
  }

  /** @throws NotFoundError when the job has none (yet), UnsupportedVersionError when a newer Lookback wrote it. */
  async load(job: string): Promise<Report> {
    return (await this.loadJudged(job)).report;
  }

  /** With the losses it was made of; reports of earlier versions lack them. Throws as `load`. */
  async loadJudged(job: string): Promise<{ report: Report; judged?: JudgedLosses }> {
    const bytes = await this.#blobs.get(reportKey(job));
    if (!bytes) throw new NotFoundError('report', job);
    const { version, judged, ...report } = JSON.parse(bytes.toString('utf8')) as StoredReport;
    ensureReadable(`The report of job ${job}`, { version });
    return { report, judged };
  }
}
