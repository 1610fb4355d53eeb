/**
 * How much the checkpoints of all jobs may take on disk: a job that would go beyond it is refused when it is submitted,
 * and one that runs waits when its next checkpoint would.
 */
import { QuotaError } from '../platform/errors.ts';
import type { Blobs } from '../storage/blob-store.ts';
import { checkpointArea } from './keys.ts';

/** A measurement counts for so long: thousands of files take their time. */
const measuredForMs = 10_000;

export class CheckpointQuota {
  readonly #blobs: Blobs;
  readonly #maxBytes: number;
  #measured: { at: number; bytes: Promise<number> } | undefined;
  /** What jobs will take that were accepted since the last measurement. */
  #promised = 0;

  /** @param maxBytes 0: there is no limit, and nothing is measured. */
  constructor(blobs: Blobs, maxBytes: number) {
    this.#blobs = blobs;
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

  /** Before a checkpoint of a running job is written. @throws QuotaError `checkpoint_quota` when there is no place for it. */
  async ensureRoom(bytes: number): Promise<void> {
    if (this.#maxBytes === 0 || (await this.hasRoom(bytes))) return;
    throw new QuotaError(
      'checkpoint_quota',
      `The next checkpoint takes ${bytes} bytes, and the checkpoints of all jobs take ${await this.#used()}; LOOKBACK_MAX_CHECKPOINT_BYTES is ${this.#maxBytes}. The job goes on when jobs are removed, or when that is raised.`,
    );
  }

  /** Takes note of what is written with this room, and measures again before it says no. */
  async hasRoom(bytes: number): Promise<boolean> {
    if (this.#maxBytes === 0) return true;
    if ((await this.#used()) + this.#promised + bytes > this.#maxBytes) {
      this.#measured = undefined;
      if ((await this.#used()) + bytes > this.#maxBytes) return false;
    }
    this.#promised += bytes;
    return true;
  }

  #used(): Promise<number> {
    const now = performance.now();
    if (!this.#measured || now - this.#measured.at > measuredForMs) {
      this.#measured = { at: now, bytes: this.#blobs.bytesBelow(checkpointArea) };
      this.#promised = 0;
    }
    return this.#measured.bytes;
  }
}
