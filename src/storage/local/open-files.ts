/**
 * A group that is open: a handle to each of its files, so that it is read as what it was when they were opened.
 */
import type { FileHandle } from 'node:fs/promises';
import type { OpenGroup } from '../blob-store.ts';
import { readAt } from './block-file.ts';

export class OpenFiles implements OpenGroup {
  readonly #handles: ReadonlyMap<string, FileHandle>;

  /** @param handles by name; they are closed with the group. */
  constructor(handles: ReadonlyMap<string, FileHandle>) {
    this.#handles = handles;
  }

  file(name: string): FileHandle | undefined {
    return this.#handles.get(name);
  }

  has(name: string): boolean {
    return this.#handles.has(name);
  }

  async read(name: string, expectedBytes: number): Promise<Buffer> {
    const handle = this.#handles.get(name)!;
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, expectedBytes + 1));
    return bytes.subarray(0, await readAt(handle, bytes, 0));
  }

  readAt(name: string, into: Uint8Array, position: number): Promise<number> {
    return readAt(this.#handles.get(name)!, into, position);
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close();
  }
}
