/**
 * Removes what nobody will ever ask for again: what jobs that are not there have kept, and what crashes left half-written.
 *
 * A Redis that was emptied or replaced by mistake makes every job look gone. So nothing is removed unless Redis and the
 * store belong together (`identity.ts`), before a sweep and once more before its first removal; and nothing is removed
 * that was written to within a day, as by a job newer than a backup that was put back.
 */
import { UnsupportedVersionError } from '../platform/errors.ts';
import { areas } from '../storage/areas.ts';
import type { BlobStore } from '../storage/blob-store.ts';
import { type Key, keyOf } from '../storage/key.ts';
import { type Identity, join } from './identity.ts';
import { isJobId } from './keys.ts';

const defaultGraceMs = 24 * 60 * 60 * 1000;

export class OrphanSweep {
  readonly #blobs: BlobStore;
  readonly #identity: Identity;
  readonly #graceMs: number;

  constructor(blobs: BlobStore, identity: Identity, graceMs = defaultGraceMs) {
    this.#blobs = blobs;
    this.#identity = identity;
    this.#graceMs = graceMs;
  }

  /**
   * Removes what is older than the grace period; returns the keys. What a newer Lookback wrote is left alone.
   * @param isJob whether Redis knows the job.
   * @throws ConflictError `another_store`.
   */
  async sweep(isJob: (id: string) => Promise<boolean>): Promise<Key[]> {
    if (!(await join(this.#blobs, this.#identity))) return [];
    const orphans: Key[] = [];
    for await (const candidate of this.#candidates(isJob)) {
      if ((await this.#blobs.ageMs(candidate)) > this.#graceMs) orphans.push(candidate);
    }
    if (orphans.length === 0 || !(await join(this.#blobs, this.#identity))) return [];
    const removed: Key[] = [];
    for (const orphan of orphans) {
      if (await unlessNewer(() => this.#blobs.remove(orphan).then(() => true), false)) removed.push(orphan);
    }
    return removed;
  }

  /** All that jobs have kept which are gone, and what crashes have left of any job, pin or dataset. */
  async *#candidates(isJob: (id: string) => Promise<boolean>): AsyncGenerator<Key> {
    const blobs = this.#blobs;
    for (const area of Object.values(areas)) {
      yield* await blobs.leftovers(area);
      for (const name of (await blobs.list(area)).whole) {
        const key = keyOf(area, name);
        const isGone = area !== areas.datasets && isJobId(name) && !(await isJob(name));
        yield* isGone ? [key] : await unlessNewer(() => blobs.leftovers(key), []);
      }
    }
  }
}

async function unlessNewer<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnsupportedVersionError) return otherwise;
    throw error;
  }
}
