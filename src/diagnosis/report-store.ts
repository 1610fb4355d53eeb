/**
 * Reports on disk: `<root>/<job>/report.json`, beside the job's checkpoints and removed with them.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
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
    const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, JSON.stringify(report), { flush: true });
    await rename(temporary, file);
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
