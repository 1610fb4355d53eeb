/**
 * A group that is open: a handle to each of its files, so that it is read as what it was when they were opened.
 */
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from '../../platform/files/disk.ts';
import type { OpenGroup } from '../blob-store.ts';
import { readAt } from './block-file.ts';

export class OpenFolder implements OpenGroup {
  readonly #handles: ReadonlyMap<string, FileHandle>;

  private constructor(handles: ReadonlyMap<string, FileHandle>) {
    this.#handles = handles;
  }

  static async open(folder: string, names: readonly string[]): Promise<OpenFolder> {
    const handles = new Map<string, FileHandle>();
    const opened = new OpenFolder(handles);
    try {
      for (const name of names) {
        const handle = await open(path.join(folder, name), 'r').catch(nullIfMissing);
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

  read(name: string): Promise<Buffer> {
    return this.#handles.get(name)!.readFile();
  }

  readAt(name: string, into: Uint8Array, position: number): Promise<number> {
    return readAt(this.#handles.get(name)!, into, position);
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close();
  }
}
