/**
 * Typed arrays on disk: written in large blocks, synced before they count, and read back whole or block by block.
 */
import { type FileHandle, open } from 'node:fs/promises';

const blockBytes = 2 ** 20;

type Numbers = Float32Array | Int32Array;

/** A file that is appended to. */
export class BlockFile {
  readonly #file: FileHandle;
  readonly #block = new Uint8Array(blockBytes);
  #filled = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<BlockFile> {
    return new BlockFile(await open(path, 'wx'));
  }

  async append(array: Numbers): Promise<void> {
    const bytes = bytesOf(array);
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
  const file = await open(path, 'r');
  try {
    for (;;) {
      const filled = await readFully(file, block, 0);
      if (filled > 0) yield block.subarray(0, filled);
      if (filled < blockBytes) return;
    }
  } finally {
    await file.close();
  }
}

/** Fills the array from the file, beginning at element `from`. False: the file ends too early. */
export async function readInto(path: string, array: Numbers, from = 0): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const bytes = bytesOf(array);
    return (await readFully(file, bytes, from * array.BYTES_PER_ELEMENT)) === bytes.length;
  } finally {
    await file.close();
  }
}

/** Reads from the file's present position, or from `position` if it is not 0, until the array is full or the file ends. */
async function readFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const at = position === 0 ? null : position + filled;
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, at);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

export function bytesOf(array: Numbers): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
