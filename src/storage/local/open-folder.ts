/**
 * A group that is open: a handle to each of its files, so that it is read as what it was when they were opened.
 */
import { type FileHandle, stat } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from '../../platform/files/disk.ts';
import { openRegular } from '../../platform/files/regular-file.ts';
import type { OpenGroup } from '../blob-store.ts';
import { readAt } from './block-file.ts';

export class OpenFolder implements OpenGroup {
  readonly #handles: ReadonlyMap<string, FileHandle>;

  private constructor(handles: ReadonlyMap<string, FileHandle>) {
    this.#handles = handles;
  }

  /** Files of one folder: when it was moved away or replaced before all were open, they are opened again. */
  static async open(folder: string, names: readonly string[]): Promise<OpenFolder> {
    for (;;) {
      const before = await identityOf(folder);
      const opened = await OpenFolder.#openOnce(folder, names);
      if (names.every((name) => opened.has(name)) || (await identityOf(folder)) === before) return opened;
      await opened.close();
    }
  }

  static async #openOnce(folder: string, names: readonly string[]): Promise<OpenFolder> {
    const handles = new Map<string, FileHandle>();
    const opened = new OpenFolder(handles);
    try {
      for (const name of names) {
        const handle = await openRegular(path.join(folder, name));
        if (handle) handles.set(name, handle);
      }
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
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

/** Another folder under the same name has another; null: there is none. */
async function identityOf(folder: string): Promise<string | null> {
  const found = await stat(folder, { bigint: true }).catch(nullIfMissing);
  return found && `${found.dev}:${found.ino}`;
}
