/**
 * Blobs of the store that this machine has read: files named by the hash of what is in them, which all processes of the
 * machine share. None is used unless its bytes have that hash; the longest unused go when they are too many.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LRUCache } from 'lru-cache';
import { emptyIfMissing, ensureFolder } from '../../platform/files/disk.ts';
import { openRegular } from '../../platform/files/regular-file.ts';
import type { StoredBlob } from './catalogue.ts';
import { DamagedBlobError } from './failure.ts';

/** Files that a process knows to be what their names say. */
const verifiedAtMost = 10_000;
/** Shares of the limit: what a process adds before it looks what there is, and what is left then. */
const addedShare = 1 / 16;
const leftShare = 3 / 4;
/** A download that nobody has written to for so long was broken off. */
const abandonedMs = 3_600_000;

/** Writes the blob's bytes; false: the store has no such blob. */
export type BlobDownload = (receive: (bytes: Readable) => Promise<void>) => Promise<boolean>;

export class BlobCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #verified = new LRUCache<string, string>({ max: verifiedAtMost });
  readonly #downloading = new Map<string, Promise<boolean>>();
  #addedBytes = 0;

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /**
   * The blob as an open file, which is read to its end though it may be removed meanwhile; null: the store has no such
   * blob. The caller closes it.
   * @throws DamagedBlobError, what `download` throws, what the disk fails with.
   */
  async open(blob: StoredBlob, download: BlobDownload): Promise<FileHandle | null> {
    for (;;) {
      const found = await this.#openVerified(blob);
      if (found) return found;
      const downloading = this.#downloading.get(blob.sha256) ?? this.#download(blob, download);
      this.#downloading.set(blob.sha256, downloading);
      if (!(await downloading)) return null;
      // A cache that keeps nothing may have lost it to another process in this moment.
    }
  }

  /** null: it is not there, or not what its name says; then it is removed. */
  async #openVerified({ sha256, bytes }: StoredBlob): Promise<FileHandle | null> {
    const file = this.#file(sha256);
    const handle = await openRegular(file);
    if (!handle) return null;
    try {
      const now = new Date();
      const state = await handle.stat();
      const signature = `${state.ino} ${state.size} ${state.ctimeMs}`;
      if (this.#verified.get(sha256) !== signature) {
        if (state.size !== bytes || (await hashOf(file)) !== sha256) {
          await handle.close();
          await rm(file, { force: true });
          return null;
        }
        this.#verified.set(sha256, signature);
      }
      if (now.getTime() - state.mtimeMs > 60_000) await this.#touch(handle, sha256, now);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Says that it was used: what was used longest ago goes first. */
  async #touch(handle: FileHandle, sha256: string, now: Date): Promise<void> {
    await handle.utimes(now, now).catch(() => {});
    const { ino, size, ctimeMs } = await handle.stat();
    this.#verified.set(sha256, `${ino} ${size} ${ctimeMs}`);
  }

  async #download(blob: StoredBlob, download: BlobDownload): Promise<boolean> {
    const incoming = path.join(this.#folder, 'incoming');
    const temporary = path.join(incoming, randomBytes(8).toString('hex'));
    try {
      await ensureFolder(incoming);
      const isThere = await download((bytes) => receive(bytes, blob, temporary));
      if (!isThere) return false;
      await ensureFolder(path.dirname(this.#file(blob.sha256)));
      await rename(temporary, this.#file(blob.sha256));
      await this.#makeRoom(blob.bytes, this.#file(blob.sha256));
      return true;
    } finally {
      this.#downloading.delete(blob.sha256);
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** Removes the longest unused, now and then, so that the processes of a machine together stay below the limit. */
  async #makeRoom(addedBytes: number, newest: string): Promise<void> {
    this.#addedBytes += addedBytes;
    if (this.#addedBytes < this.#maxBytes * addedShare) return;
    this.#addedBytes = 0;
    const files = await this.#files();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (bytes <= this.#maxBytes * leftShare || file.path === newest) continue;
      await rm(file.path, { force: true });
      bytes -= file.bytes;
    }
  }

  async #files(): Promise<{ path: string; bytes: number; usedMs: number }[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(emptyIfMissing);
    const states = entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const isIncoming = path.basename(entry.parentPath) === 'incoming';
        const state = await stat(file).catch(() => null);
        if (state && isIncoming && Date.now() - state.mtimeMs > abandonedMs) await rm(file, { force: true });
        return state && !isIncoming ? { path: file, bytes: state.size, usedMs: state.mtimeMs } : null;
      });
    return (await Promise.all(states)).filter((file) => file !== null);
  }

  #file(sha256: string): string {
    return path.join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

/** Writes a stream to a file. @throws DamagedBlobError when its bytes are not those of the blob. */
async function receive(bytes: Readable, blob: StoredBlob, file: string): Promise<void> {
  const hash = createHash('sha256');
  let length = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, callback) {
      hash.update(chunk);
      length += chunk.length;
      callback(null, chunk);
    },
  });
  await pipeline(bytes, counted, createWriteStream(file));
  if (length !== blob.bytes || hash.digest('hex') !== blob.sha256) {
    throw new DamagedBlobError(`${length} bytes came, which are not the ${blob.bytes} that were stored.`);
  }
}

/** SHA-256 of a file's bytes. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
