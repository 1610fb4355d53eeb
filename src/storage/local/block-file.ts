/**
 * Large files: written in blocks, synced before they count, and read back block by block or in part.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { openRegular } from '../../platform/files/regular-file.ts';
import type { BlobWriter } from '../blob-store.ts';

const blockBytes = 2 ** 20;

/** A file that is appended to. */
export class BlockFile implements BlobWriter {
  readonly #file: FileHandle;
  readonly #block = new Uint8Array(blockBytes);
  #filled = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<BlockFile> {
    return new BlockFile(await open(path, 'wx'));
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + blockBytes - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === blockBytes) await this.#flush();
    }
  }

  /** Writes what is left and waits until the disk has it. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
  }

  /** Closes the file as it is, after a failure; harmless after `finish`. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    let from = 0;
    while (from < this.#filled) from += (await this.#file.write(this.#block, from, this.#filled - from)).bytesWritten;
    this.#filled = 0;
  }
}

/** The file's bytes, block by block; a block is valid until the next is asked for. */
export async function* blocksOf(path: string): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(blockBytes);
  const file = await openRegular(path);
  if (!file) throw new Error(`${path} is gone, or no regular file any more.`);
  try {
    for (let at = 0; ; at += blockBytes) {
      const filled = await readAt(file, block, at);
      if (filled > 0) yield block.subarray(0, filled);
      if (filled < blockBytes) return;
    }
  } finally {
    await file.close();
  }
}

/** Fills `bytes` with what the file has from `position` on; returns how many there were. */
export async function readAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
