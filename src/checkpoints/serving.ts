/**
 * Says on disk which checkpoints are being served, so that a run in another process does not prune them: a file beside each, touched while it is in use.
 */
import { stat, utimes, writeFile } from 'node:fs/promises';

/** A checkpoint counts as being served for this long after its last use. */
const servedMs = 60_000;
const touchEveryMs = 10_000;

export class ServingMarks {
  readonly #touched = new Map<string, number>();

  /** Never fails: a disk that cannot be written is not pruned either. */
  async touch(folder: string): Promise<void> {
    const now = performance.now();
    if (now - (this.#touched.get(folder) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return;
    this.#touched.set(folder, now);
    const at = new Date();
    await utimes(markOf(folder), at, at)
      .catch(() => writeFile(markOf(folder), ''))
      .catch(() => {});
  }
}

export async function isServed(folder: string): Promise<boolean> {
  const age = await stat(markOf(folder)).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return Math.abs(age) < servedMs;
}

export function markOf(folder: string): string {
  return `${folder}.served`;
}
