/**
 * Says which checkpoints are being served, so that a run in another process does not prune them: a mark in the store,
 * renewed while one is in use.
 */
import type { Groups } from '../storage/blob-store.ts';
import { stepKey } from './keys.ts';

/** A checkpoint counts as being served for this long after its last use. */
const servedMs = 60_000;
const touchEveryMs = 10_000;

export class ServingMarks {
  readonly #blobs: Groups;
  readonly #touched = new Map<string, number>();

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /** Never fails. */
  async touch(job: string, step: number): Promise<void> {
    const key = stepKey(job, step);
    const now = performance.now();
    if (now - (this.#touched.get(key) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return;
    this.#touched.set(key, now);
    await this.#blobs.markUsed(key);
  }

  async isServed(job: string, step: number): Promise<boolean> {
    return (await this.#blobs.unusedMs(stepKey(job, step))) < servedMs;
  }
}
