/**
 * How checkpoints lie on disk: the names of their folders, and the file operations that make one appear, disappear or be marked bad in one step.
 *
 * `<root>/<job>/step-<n>` is a checkpoint, `step-<n>.bad` a damaged one; what ends in `.tmp` or `.old` is on its way in or out;
 * `attempt-<n>` is the fence (`fence.ts`).
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { NotFoundError } from '../platform/errors.ts';
import { aside, emptyIfMissing, syncFolder, writeSynced } from '../platform/files/disk.ts';
import { isAttemptFolder } from './fence.ts';

const jobPattern = /^[A-Za-z0-9_-]{1,100}$/;
const wholePattern = /^step-(\d+)$/;
const damagedPattern = /^step-(\d+)\.bad$/;
const leftoverPattern = /\.(tmp|old)$/;

export class JobFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  get root(): string {
    return this.#root;
  }

  /** @throws NotFoundError when it is no job id: ids that come from a caller must not lead elsewhere. */
  ofJob(job: string): string {
    if (!jobPattern.test(job)) throw new NotFoundError('job', job);
    return path.join(this.#root, job);
  }

  ofStep(job: string, step: number): string {
    return path.join(this.ofJob(job), `step-${step}`);
  }

  async steps(job: string): Promise<number[]> {
    return stepsIn(await this.#names(job), wholePattern);
  }

  /** Of whole checkpoints and of those marked damaged, as of one moment. */
  async allSteps(job: string): Promise<{ whole: number[]; damaged: number[] }> {
    const names = await this.#names(job);
    return { whole: stepsIn(names, wholePattern), damaged: stepsIn(names, damagedPattern) };
  }

  /** What crashes left behind while something was written or removed: in a job's folder, or beside the jobs'. */
  async leftovers(job?: string): Promise<string[]> {
    const folder = job === undefined ? this.#root : this.ofJob(job);
    const names = await readdir(folder).catch(emptyIfMissing);
    const found = names.filter((name) => leftoverPattern.test(name)).map((name) => path.join(folder, name));
    if (job === undefined) return found;
    for (const attempt of names.filter(isAttemptFolder)) {
      const inside = await readdir(path.join(folder, attempt)).catch(emptyIfMissing);
      found.push(...inside.map((name) => path.join(folder, attempt, name)));
    }
    return found;
  }

  /** Ids of all jobs that have a folder. */
  async jobs(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch(emptyIfMissing);
    return entries.filter((entry) => entry.isDirectory() && jobPattern.test(entry.name)).map(({ name }) => name);
  }

  async #names(job: string): Promise<string[]> {
    return readdir(this.ofJob(job)).catch(emptyIfMissing);
  }
}

/**
 * Writes files into a temporary folder in `staging`, syncs them and renames it to `folder`: that appears whole or not at all. A folder that is already there is replaced.
 * @param staging on the same disk; when somebody removes it meanwhile nothing is published, and the error is ENOENT.
 */
export async function publish(folder: string, files: Record<string, Uint8Array>, staging: string): Promise<void> {
  const temporary = aside(path.join(staging, path.basename(folder)), 'tmp');
  try {
    await mkdir(temporary);
    await writeAll(temporary, files);
    await syncFolder(temporary);
    await replaceFolder(temporary, folder, staging);
    await syncFolder(path.dirname(folder));
  } catch (error) {
    // The first failure is the one to tell; a disk that cannot be written may refuse this as well.
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

/** All at once, for which the disk needs hardly longer than for one. Ends when the last is written, even if one fails. */
async function writeAll(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  const writing = Object.entries(files).map(([name, bytes]) => writeSynced(path.join(folder, name), bytes));
  const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected');
  if (failed) await Promise.reject((failed as PromiseRejectedResult).reason);
}

async function replaceFolder(from: string, to: string, staging: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    await discard(to, staging);
    await rename(from, to);
  }
}

/**
 * Removes a folder so that nobody sees half of it; who has its files open reads on. One that is not there is no error.
 * @param staging where it is moved to first; when that is gone, the error is ENOENT, and the folder stays.
 */
export async function discard(folder: string, staging = path.dirname(folder)): Promise<void> {
  const old = aside(path.join(staging, path.basename(folder)), 'old');
  try {
    await rename(folder, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await stat(staging);
    return;
  }
  await rm(old, { recursive: true, force: true });
}

/** The folder's name as a damaged checkpoint. */
export function damagedName(folder: string): string {
  return `${folder}.bad`;
}

function stepsIn(names: string[], pattern: RegExp): number[] {
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
