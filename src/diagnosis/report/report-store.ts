/**
 * Reports on disk: `<root>/<job>/report.json`, beside the job's checkpoints and removed with them.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { JobFolders } from '../../checkpoints/folders.ts';
import { NotFoundError } from '../../platform/errors.ts';
import { ensureFolder, replaceFile } from '../../platform/files/disk.ts';
import { currentVersion, ensureReadable } from '../../platform/versions.ts';
import type { Report } from './report-schema.ts';

export class ReportStore {
  readonly #folders: JobFolders;

  /** @param root the folder of the checkpoints. */
  constructor(root: string) {
    this.#folders = new JobFolders(root);
  }

  /** The report appears whole, in the place of one that was there before. */
  async save(job: string, report: Report): Promise<void> {
    const file = this.#file(job);
    await ensureFolder(path.dirname(file));
    await replaceFile(file, JSON.stringify({ version: currentVersion, ...report }));
  }

  /** @throws NotFoundError when the job has none (yet), UnsupportedVersionError when a newer Lookback wrote it. */
  async load(job: string): Promise<Report> {
    const text = await readFile(this.#file(job), 'utf8').catch((error) => {
      if (error.code === 'ENOENT') throw new NotFoundError('report', job);
      throw error;
    });
    const { version, ...report } = JSON.parse(text) as Report & { version?: number };
    ensureReadable(`The report of job ${job}`, { version });
    return report;
  }

  #file(job: string): string {
    return path.join(this.#folders.ofJob(job), 'report.json');
  }
}
