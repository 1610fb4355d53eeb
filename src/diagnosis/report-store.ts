/**
 * Reports on disk: `<root>/<job>/report.json`, beside the job's checkpoints and removed with them.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../disk.ts';
import { NotFoundError } from '../errors.ts';
import { JobFolders } from '../models/folders.ts';
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
    await mkdir(path.dirname(file), { recursive: true });
    await replaceFile(file, JSON.stringify(report));
  }

  /** @throws NotFoundError when the job has none (yet). */
  async load(job: string): Promise<Report> {
    const text = await readFile(this.#file(job), 'utf8').catch((error) => {
      if (error.code === 'ENOENT') throw new NotFoundError('report', job);
      throw error;
    });
    return JSON.parse(text);
  }

  #file(job: string): string {
    return path.join(this.#folders.ofJob(job), 'report.json');
  }
}
