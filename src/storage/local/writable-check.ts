/**
 * Whether the data folder can be written to, found out by writing: free space alone knows nothing of quotas,
 * permissions or a disk that was mounted read-only.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { aside, writeSynced } from '../../platform/files/disk.ts';

/** About what the smallest checkpoint takes. */
const bytes = 64 * 1024;
/** An answer counts for so long: probes come often, and each look is a synced write. */
const freshMs = 2_000;
/** A disk that takes longer does not answer. */
const answerTimeoutMs = 3_000;

const sentences: Record<string, string> = {
  ENOSPC: 'is full',
  EDQUOT: 'is full: the quota is used up',
  EROFS: 'is mounted read-only',
  EACCES: 'may not be written to',
  EPERM: 'may not be written to',
  ENOENT: 'is not there',
};

export class WritableCheck {
  readonly #folder: string;
  #answer: Promise<string | null> | undefined;
  #askedAt = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What is wrong, in a sentence; null: a small file can be written and synced. */
  problem(): Promise<string | null> {
    const now = performance.now();
    if (!this.#answer || now - this.#askedAt > freshMs) {
      this.#askedAt = now;
      this.#answer = inTime(this.#write());
    }
    return this.#answer;
  }

  async #write(): Promise<string | null> {
    const file = aside(path.join(this.#folder, '.writable'), 'tmp');
    try {
      await writeSynced(file, new Uint8Array(bytes));
      return null;
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      return `The data folder ${sentences[code] ?? `cannot be written to (${code})`}.`;
    } finally {
      await rm(file, { force: true }).catch(() => {});
    }
  }
}

async function inTime(answer: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(
      () => resolve(`The disk of the data folder did not answer within ${answerTimeoutMs / 1000} s.`),
      answerTimeoutMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
