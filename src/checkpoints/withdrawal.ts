/**
 * How a job's files go: out of sight first, which a disk that cannot be written refuses, and for good only when the job's record is gone.
 */
import { rename, rm } from 'node:fs/promises';
import { aside } from '../platform/files/disk.ts';

/** The files of a job that nobody finds any more, until they are put back. */
export interface Withdrawn {
  delete(): Promise<void>;
  restore(): Promise<void>;
}

/** A folder that is not there is withdrawn already. */
export async function withdraw(folder: string): Promise<Withdrawn> {
  const old = aside(folder, 'old');
  try {
    await rename(folder, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { delete: async () => {}, restore: async () => {} };
  }
  return {
    delete: () => rm(old, { recursive: true, force: true }),
    restore: () => rename(old, folder),
  };
}
