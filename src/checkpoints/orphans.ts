/**
 * Removes what nobody will ever ask for again: what jobs that are not there have kept, and what crashes left half-written.
 *
 * A Redis that was emptied or replaced by mistake makes every job look gone. So Redis and the store carry the same
 * random identity from the day when both were empty, and nothing is removed unless they agree before a sweep and once
 * more before its first removal; and nothing is removed that was written to within a day, as by a job newer than a
 * backup that was put back.
 */
import { randomUUID } from 'node:crypto';
import { ConflictError } from '../platform/errors.ts';
import { currentVersion, ensureReadable } from '../platform/versions.ts';
import type { BlobStore, Blobs } from '../storage/blob-store.ts';
import { type Key, keyOf } from '../storage/key.ts';
import { checkpointArea, isJobId, jobKey } from './keys.ts';

const identityKey = keyOf(checkpointArea, '.identity');
const defaultGraceMs = 24 * 60 * 60 * 1000;

/** The identity that Redis carries. */
export interface Identity {
  read(): Promise<string | null>;
  /** Sets it unless it is set; returns what it is then. */
  claim(id: string): Promise<string>;
}

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
   */
  async sweep(isJob: (id: string) => Promise<boolean>): Promise<Key[]> {
    if (!(await this.#belongsTogether())) return [];
    const orphans: Key[] = [];
    const candidates = await this.#blobs.leftovers(checkpointArea);
    for (const job of await this.#jobs()) {
      candidates.push(...((await isJob(job)) ? await this.#blobs.leftovers(jobKey(job)) : [jobKey(job)]));
    }
    for (const candidate of candidates)
      if ((await this.#blobs.ageMs(candidate)) > this.#graceMs) orphans.push(candidate);
    if (orphans.length === 0 || !(await this.#belongsTogether())) return [];
    for (const orphan of orphans) await this.#blobs.remove(orphan);
    return orphans;
  }

  /** Whether this Redis and this store belong together. Two that meet while the store has no jobs yet do from now on. */
  async #belongsTogether(): Promise<boolean> {
    const ours = await identityOf(this.#blobs);
    const theirs = await this.#identity.read();
    if (ours !== null && theirs !== null) return ours === theirs;
    if ((await this.#jobs()).length > 0) return false;
    return claimIdentity(this.#blobs, this.#identity);
  }

  /** Ids of all jobs that have kept something. */
  async #jobs(): Promise<string[]> {
    return (await this.#blobs.list(checkpointArea)).whole.filter(isJobId);
  }
}

/** @throws UnsupportedVersionError, so that nothing is removed. */
async function identityOf(blobs: Blobs): Promise<string | null> {
  const text = (await blobs.get(identityKey))?.toString('utf8') ?? null;
  // It was the bare identity before there were versions.
  if (text === null || !text.startsWith('{')) return text;
  const parsed = JSON.parse(text) as { version: number; id: string };
  ensureReadable('The identity of the checkpoints', parsed);
  return parsed.id;
}

/** Makes a Redis and a store belong together, one of which has no identity yet. False: the other has another one now. */
export async function claimIdentity(blobs: Blobs, identity: Identity): Promise<boolean> {
  const agreed = await identity.claim((await identityOf(blobs)) ?? randomUUID());
  await blobs.putIfAbsent(identityKey, JSON.stringify({ version: currentVersion, id: agreed }));
  return (await identityOf(blobs)) === agreed;
}

/**
 * Refuses to work with a store that belongs to another Redis.
 * @throws ConflictError
 */
export async function ensureNotAnothers(blobs: Blobs, identity: Identity): Promise<void> {
  const [ours, theirs] = await Promise.all([identityOf(blobs), identity.read()]);
  if (ours === null || theirs === null || ours === theirs) return;
  throw new ConflictError(
    'another_store',
    'The store belongs to another Redis than REDIS_URL names, and this Redis to another store: correct LOOKBACK_STORE, LOOKBACK_DATA or REDIS_URL.',
  );
}
