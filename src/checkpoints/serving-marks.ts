/**
 * Says which checkpoints are being served, so that a run in another process does not prune them: a mark in the store,
 * renewed while one is in use.
 */
import type { Groups } from '../storage/blob-store.ts';
import { stepKey } from './keys.ts';

/** A checkpoint counts as being served for this long after its last use. */
const servedMs = 60_000;
const touchEveryMs = 10_000;

const notDue = Promise.resolve();

export class ServingMarks {
  readonly #blobs: Groups;
  readonly #touched = new Map<string, number>();

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /** Never fails. Every prediction asks for it, so that nothing is done where nothing is due. */
  touch(job: string, step: number): Promise<void> {
    const checkpoint = `${job} ${step}`;
    const now = performance.now();
    if (now - (this.#touched.get(checkpoint) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return notDue;
    this.#touched.set(checkpoint, now);
    return this.#blobs.markUsed(stepKey(job, step));
  }

  async isServed(job: string, step: number): Promise<boolean> {
    return (await this.#blobs.unusedMs(stepKey(job, step))) < servedMs;
  }
}
