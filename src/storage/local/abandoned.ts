/**
 * Finds the drafts of processes that were killed: folders that nobody touches any more.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { emptyIfMissing } from '../../platform/files/disk.ts';
import type { AbandonedDrafts } from '../blob-store.ts';
import { draftPrefix } from './drafts.ts';

/** Longer than a live process can be kept from touching its folder. */
const silentMs = 120_000;
const lookEveryMs = 15_000;
/** What versions before this one called a dataset that was being deleted. */
const formerWithdrawnPrefix = '.leaving-';

/**
 * Removes the folders of processes that were killed, also while the service runs. Silence is measured by this process'
 * monotonic clock: those of other machines may differ.
 */
export class AbandonedFolders implements AbandonedDrafts {
  readonly #root: string;
  readonly #silentMs: number;
  readonly #seen = new Map<string, { mtimeMs: number; since: number }>();
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param root the folder that the drafts lie in. */
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
    const names = (await readdir(this.#root).catch(emptyIfMissing)).filter((name) => name.startsWith(draftPrefix));
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

/** Deletes drafts and what was withdrawn, at start-up, when it is older than the time given. */
export async function removeAbandoned(root: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(root).catch(emptyIfMissing)) {
    const isLeft = name.startsWith(draftPrefix) || name.startsWith(formerWithdrawnPrefix) || name.endsWith('.old');
    if (!isLeft) continue;
    const folder = path.join(root, name);
    const status = await stat(folder).catch(() => undefined);
    if (status && Date.now() - status.mtimeMs >= olderThanMs) await rm(folder, { recursive: true, force: true });
  }
}
