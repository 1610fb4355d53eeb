/**
 * How much the checkpoints of all jobs may take on disk: a job that would go beyond it is refused when it is submitted.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { QuotaError } from '../platform/errors.ts';
import { emptyIfMissing, withOpenFiles } from '../platform/files/disk.ts';

/** A measurement counts for so long: thousands of files take their time. */
const measuredForMs = 10_000;
/** The unit of `stat`'s blocks. */
const blockBytes = 512;

export class CheckpointQuota {
  readonly #root: string;
  readonly #maxBytes: number;
  #measured: { at: number; bytes: Promise<number> } | undefined;
  /** What jobs will take that were accepted since the last measurement. */
  #promised = 0;

  /** @param maxBytes 0: there is no limit, and nothing is measured. */
  constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  /** Takes note of a job that is about to be accepted. @throws QuotaError `checkpoint_quota` when there is no place for it. */
  async reserve(bytes: number): Promise<void> {
    if (this.#maxBytes === 0) return;
    const used = (await this.#used()) + this.#promised;
    if (used + bytes > this.#maxBytes) {
      throw new QuotaError(
        'checkpoint_quota',
        `The job may take ${bytes} bytes on disk, and the checkpoints of all jobs take ${used}; LOOKBACK_MAX_CHECKPOINT_BYTES is ${this.#maxBytes}. Remove jobs, or keep fewer checkpoints (training.keep).`,
      );
    }
    this.#promised += bytes;
  }

  #used(): Promise<number> {
    const now = performance.now();
    if (!this.#measured || now - this.#measured.at > measuredForMs) {
      this.#measured = { at: now, bytes: bytesIn(this.#root) };
      this.#promised = 0;
    }
    return this.#measured.bytes;
  }
}

/** What the files below a folder take on disk. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(emptyIfMissing);
  // Removed meanwhile, it takes nothing.
  const sizeOf = (file: string) =>
    withOpenFiles(() => stat(file)).then(
      ({ blocks }) => blocks * blockBytes,
      () => 0,
    );
  const sizes = await Promise.all(entries.map((entry) => sizeOf(path.join(entry.parentPath, entry.name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
