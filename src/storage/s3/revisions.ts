/**
 * The blobs of revisions: written before a catalogue names them, read through the cache, and removed when none names
 * them any more. Their keys are never written twice.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import pLimit from 'p-limit';
import { type Key, keyOf } from '../key.ts';
import type { BlobCache } from './cache.ts';
import type { Revision, StoredBlob } from './catalogue.ts';
import { DamagedBlobError, isStoreAway } from './failure.ts';
import type { Content, S3Objects } from './objects.ts';

/** Requests at once for one group. */
const atOnce = 8;
/** An answer that is not what was stored may have suffered on its way. */
const downloadsAtMost = 3;

export class Revisions {
  readonly #objects: S3Objects;
  readonly #cache: BlobCache;

  constructor(objects: S3Objects, cache: BlobCache) {
    this.#objects = objects;
    this.#cache = cache;
  }

  /** Writes all blobs of a revision. */
  async write(owner: Key, id: string, contents: Readonly<Record<string, Content>>): Promise<Revision> {
    const limit = pLimit(atOnce);
    const blobs: Record<string, StoredBlob> = {};
    const writing = Object.entries(contents).map(([name, content]) => {
      blobs[name] = blobOf(content);
      return limit(() => this.#objects.put(keyOf(owner, id, name), content));
    });
    // All have ended before anybody removes what was written.
    const failed = (await Promise.allSettled(writing)).find((end) => end.status === 'rejected');
    if (failed) {
      await this.remove(owner, id).catch(() => {});
      throw failed.reason;
    }
    return { id, blobs };
  }

  /** Opens a blob; null: it is not there, or not what was stored. The caller closes it. */
  async open(owner: Key, { id, blobs }: Revision, name: string): Promise<FileHandle | null> {
    const blob = Object.hasOwn(blobs, name) ? blobs[name] : undefined;
    if (!blob) return null;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#cache.open(blob, (receive) => this.#objects.read(keyOf(owner, id, name), receive));
      } catch (error) {
        const mayHaveSuffered = error instanceof DamagedBlobError || isStoreAway(error);
        if (!mayHaveSuffered || (tries === downloadsAtMost && isStoreAway(error))) throw error;
        if (tries === downloadsAtMost) return null;
      }
    }
  }

  /** Removes what is left of a revision. */
  async remove(owner: Key, id: string): Promise<void> {
    await this.removeBelow(keyOf(owner, id));
  }

  /** What stays is a leftover, which the next attempt or a sweep removes. */
  async removeQuietly(owner: Key, { id }: Revision): Promise<void> {
    await this.remove(owner, id).catch(() => {});
  }

  async removeBelow(key: Key): Promise<void> {
    const { objects } = await this.#objects.list(`${key}/`, 'all');
    await this.removeAll(objects.map((object) => object.key));
  }

  async removeAll(keys: readonly Key[]): Promise<void> {
    const limit = pLimit(atOnce);
    await Promise.all(keys.map((key) => limit(() => this.#objects.delete(key))));
  }
}

function blobOf(content: Content): StoredBlob {
  if (typeof content === 'object' && 'file' in content) return { bytes: content.bytes, sha256: content.sha256 };
  const bytes = Buffer.from(content as string | Uint8Array);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
