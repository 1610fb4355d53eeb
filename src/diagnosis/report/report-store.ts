/**
 * The reports of jobs, each beside the job's checkpoints and removed with them.
 */
import { reportKey } from '../../checkpoints/keys.ts';
import { NotFoundError } from '../../platform/errors.ts';
import { currentVersion, ensureReadable } from '../../platform/versions.ts';
import type { Blobs } from '../../storage/blob-store.ts';
import type { Report } from './report-schema.ts';

export class ReportStore {
  readonly #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** The report appears whole, in the place of one that was there before. */
  async save(job: string, report: Report): Promise<void> {
    await this.#blobs.put(reportKey(job), JSON.stringify({ version: currentVersion, ...report }));
  }

  /** @throws NotFoundError when the job has none (yet), UnsupportedVersionError when a newer Lookback wrote it. */
  async load(job: string): Promise<Report> {
    const bytes = await this.#blobs.get(reportKey(job));
    if (!bytes) throw new NotFoundError('report', job);
    const { version, ...report } = JSON.parse(bytes.toString('utf8')) as Report & { version?: number };
    ensureReadable(`The report of job ${job}`, { version });
    return report;
  }
}
