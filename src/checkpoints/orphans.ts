/**
 * Removes what nobody will ever ask for again: what jobs that are not there have kept, and what crashes left half-written.
 *
 * A Redis that was emptied or replaced by mistake makes every job look gone. So nothing is removed unless Redis and the
 * store belong together (`identity.ts`), before a sweep and once more before its first removal; and nothing is removed
 * that was written to within a day, as by a job newer than a backup that was put back.
 */
import type { BlobStore } from '../storage/blob-store.ts';
import type { Key } from '../storage/key.ts';
import { type Identity, jobsIn, join } from './identity.ts';
import { checkpointArea, jobKey } from './keys.ts';

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
   * Removes what is older than the grace period; returns the keys.
   * @param isJob whether Redis knows the job.
   * @throws ConflictError `another_store`.
   */
  async sweep(isJob: (id: string) => Promise<boolean>): Promise<Key[]> {
    if (!(await join(this.#blobs, this.#identity))) return [];
    const orphans: Key[] = [];
    const candidates = await this.#blobs.leftovers(checkpointArea);
    for (const job of await jobsIn(this.#blobs)) {
      candidates.push(...((await isJob(job)) ? await this.#blobs.leftovers(jobKey(job)) : [jobKey(job)]));
    }
    for (const candidate of candidates)
      if ((await this.#blobs.ageMs(candidate)) > this.#graceMs) orphans.push(candidate);
    if (orphans.length === 0 || !(await join(this.#blobs, this.#identity))) return [];
    for (const orphan of orphans) await this.#blobs.remove(orphan);
    return orphans;
  }
}
