/**
 * The folders in which uploads grow. While an upload is under way its process touches its folder again and again; a folder that nobody touches any more belongs to a process that was killed.
 */
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { emptyIfMissing } from '../../../platform/files/disk.ts';

export const incomingPrefix = '.incoming-';
const touchEveryMs = 10_000;
/** Longer than a live process can be kept from touching its folder. */
const silentMs = 120_000;
const lookEveryMs = 15_000;

export interface IncomingFolder {
  path: string;
  /** Removes what is left of it. */
  release(): Promise<void>;
}

/** A new folder below `root`, touched until it is released. */
export async function openIncoming(root: string, touchMs = touchEveryMs): Promise<IncomingFolder> {
  const folder = await mkdtemp(path.join(root, incomingPrefix));
  const timer = setInterval(() => {
    const now = new Date();
    // It fails once the folder is complete and has its final name; a disk that fails shows in the upload itself.
    utimes(folder, now, now).catch(() => {});
  }, touchMs);
  return {
    path: folder,
    release: async () => {
      clearInterval(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Removes the folders of processes that were killed, also while the service runs. Silence is measured by this process' monotonic clock: those of other machines may differ. */
export class AbandonedUploads {
  readonly #root: string;
  readonly #silentMs: number;
  readonly #seen = new Map<string, { mtimeMs: number; since: number }>();
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param root the folder of all datasets. */
  constructor(root: string, silent = silentMs) {
    this.#root = root;
    this.#silentMs = silent;
  }

  /** Looks now and then again and again; `onRemoved` is told the names of what was removed. */
  start(onRemoved: (names: string[]) => void, onError: (error: unknown) => void): void {
    this.#pass = this.sweep().then((names) => {
      if (names.length > 0) onRemoved(names);
    }, onError);
    void this.#pass.then(() => {
      if (!this.#isClosed) this.#timer = setTimeout(() => this.start(onRemoved, onError), lookEveryMs);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /** Removes every folder that was not touched for as long; returns their names. */
  async sweep(): Promise<string[]> {
    const names = (await readdir(this.#root).catch(emptyIfMissing)).filter((name) => name.startsWith(incomingPrefix));
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
    const removed: string[] = [];
    for (const name of names) {
      const folder = path.join(this.#root, name);
      const status = await stat(folder).catch(() => null);
      if (!status || this.#silence(name, status.mtimeMs) < this.#silentMs) continue;
      await rm(folder, { recursive: true, force: true });
      removed.push(name);
    }
    return removed;
  }

  #silence(name: string, mtimeMs: number): number {
    const now = performance.now();
    const seen = this.#seen.get(name);
    if (seen?.mtimeMs === mtimeMs) return now - seen.since;
    this.#seen.set(name, { mtimeMs, since: now });
    return 0;
  }
}
