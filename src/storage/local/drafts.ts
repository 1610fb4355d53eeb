/**
 * Drafts as folders in which uploads grow. Their process touches them again and again; one that nobody touches any more
 * belongs to a process that was killed (`abandoned.ts`).
 */
import { mkdtemp, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { ensureFolder, syncFolder, writeSynced } from '../../platform/files/disk.ts';
import type { Draft } from '../blob-store.ts';
import { type Key, nameOf } from '../key.ts';
import { BlockFile, blocksOf } from './block-file.ts';
import { isTaken } from './withdrawal.ts';

export const draftPrefix = '.incoming-';
const touchEveryMs = 10_000;

export class FolderDraft implements Draft {
  readonly id: string;
  readonly #root: string;
  readonly folder: string;
  #timer: NodeJS.Timeout | undefined;

  /** @param root the folder of the store. */
  constructor(root: string, id: string) {
    this.id = id;
    this.#root = root;
    this.folder = path.join(root, id);
  }

  /** A new one below `prefix`, touched until it is released. */
  static async open(root: string, prefix: Key, touchMs = touchEveryMs): Promise<FolderDraft> {
    const parent = path.join(root, prefix);
    await ensureFolder(parent);
    const draft = new FolderDraft(root, `${prefix}/${nameOf(await mkdtemp(path.join(parent, draftPrefix)))}`);
    draft.#timer = setInterval(() => draft.#touch(), touchMs);
    return draft;
  }

  /** It fails once the folder is complete and has its final name; a disk that fails shows in the upload itself. */
  #touch(): void {
    const now = new Date();
    utimes(this.folder, now, now).catch(() => {});
  }

  create(name: string): Promise<BlockFile> {
    return BlockFile.create(path.join(this.folder, name));
  }

  pieces(name: string): AsyncIterable<Uint8Array> {
    return blocksOf(path.join(this.folder, name));
  }

  put(name: string, content: string | Uint8Array): Promise<void> {
    return writeSynced(path.join(this.folder, name), content);
  }

  drop(name: string): Promise<void> {
    return rm(path.join(this.folder, name));
  }

  async publish(key: Key): Promise<boolean> {
    const target = path.join(this.#root, key);
    await syncFolder(this.folder);
    try {
      await rename(this.folder, target);
    } catch (error) {
      if (!isTaken(error)) throw error;
      return false;
    }
    await syncFolder(path.dirname(target));
    return true;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.folder, { recursive: true, force: true });
  }
}
