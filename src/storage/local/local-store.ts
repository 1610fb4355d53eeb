/**
 * The store in a folder: a key is the path of a file or folder below it. Several processes use it at once, on several
 * machines if it is a network folder.
 */
import { type Stats, statSync } from 'node:fs';
import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareFolders } from '../../platform/files/data-folder.ts';
import {
  createFile,
  emptyIfMissing,
  ensureFolder,
  nullIfMissing,
  replaceFile,
  withOpenFiles,
} from '../../platform/files/disk.ts';
import { openRegular, readRegular } from '../../platform/files/regular-file.ts';
import { areas } from '../areas.ts';
import type { AbandonedDrafts, BlobStore, Draft, GroupNames, OpenGroup, Withdrawn } from '../blob-store.ts';
import { type Key, keyOf, nameOf } from '../key.ts';
import { withOpened } from '../with-opened.ts';
import { AbandonedFolders, removeAbandoned } from './abandoned.ts';
import { readAt } from './block-file.ts';
import { FolderDraft } from './drafts.ts';
import { isAttemptFolder, raiseFence, withinFence } from './fence.ts';
import { damagedName, discard, groupsIn, leftoversIn, markFolderDamaged, publish } from './groups.ts';
import { isOnLocalDisk } from './local-disk.ts';
import { openFolder } from './open-folder.ts';
import { hasRoom } from './room.ts';
import { isLeaving, putAllBack, putBack, withdraw } from './withdrawal.ts';
import { WritableCheck } from './writable-check.ts';

/** The unit of `stat`'s blocks. */
const blockBytes = 512;

export class LocalStore implements BlobStore {
  readonly location: string;
  readonly #check: WritableCheck;
  #isOnLocalDisk: boolean | undefined;

  /** @param folder which need not be there yet. */
  constructor(folder: string) {
    this.location = folder;
    this.#check = new WritableCheck(folder);
  }

  get(key: Key): Promise<Buffer | null> {
    return withOpenFiles(() => readRegular(this.#path(key)));
  }

  async put(key: Key, content: string | Uint8Array): Promise<void> {
    const file = this.#path(key);
    await ensureFolder(path.dirname(file));
    await replaceFile(file, content);
  }

  async putIfAbsent(key: Key, content: string | Uint8Array): Promise<boolean> {
    const file = this.#path(key);
    await ensureFolder(path.dirname(file));
    return createFile(file, content);
  }

  async has(key: Key): Promise<boolean> {
    const found = await stat(this.#path(key)).catch(nullIfMissing);
    return found !== null && (found.isFile() || found.isDirectory());
  }

  readAt(key: Key, into: Uint8Array, position: number): Promise<number | null> {
    return withOpenFiles(async () => {
      const handle = await openRegular(this.#path(key));
      if (!handle) return null;
      try {
        return await readAt(handle, into, position);
      } finally {
        await handle.close();
      }
    });
  }

  async bytesBelow(prefix: Key): Promise<number> {
    const folder = this.#path(prefix);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(emptyIfMissing);
    // Removed meanwhile, it takes nothing.
    const sizeOf = (file: string) =>
      withOpenFiles(() => stat(file)).then(
        ({ blocks }) => blocks * blockBytes,
        () => 0,
      );
    const sizes = await Promise.all(entries.map((entry) => sizeOf(path.join(entry.parentPath, entry.name))));
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  list(prefix: Key): Promise<GroupNames> {
    return groupsIn(this.#path(prefix));
  }

  async versionsIn(area: Key): Promise<Map<string, string>> {
    const { whole } = await this.list(area);
    const versions = await Promise.all(whole.map((name) => this.versionOf(keyOf(area, name))));
    return new Map(whole.flatMap((name, i) => (versions[i] === null ? [] : [[name, versions[i]]])));
  }

  async stateOf(key: Key): Promise<'whole' | 'damaged' | 'missing'> {
    if (await this.has(key)) return 'whole';
    return (await this.has(damagedName(key))) ? 'damaged' : 'missing';
  }

  open(key: Key, names: readonly string[]): Promise<OpenGroup> {
    return openFolder(this.#path(key), names);
  }

  withGroup<T>(key: Key, names: readonly string[], use: (group: OpenGroup) => Promise<T>): Promise<T> {
    return withOpened(() => this.open(key, names), use);
  }

  versionOf(key: Key): Promise<string | null> {
    return stat(this.#path(key)).then(versionIn, () => null);
  }

  versionNow(key: Key): string | null | undefined {
    this.#isOnLocalDisk ??= isOnLocalDisk(this.location);
    if (!this.#isOnLocalDisk) return undefined;
    try {
      const found = statSync(this.#path(key), { throwIfNoEntry: false });
      return found ? versionIn(found) : null;
    } catch {
      return undefined;
    }
  }

  async signatureOf(key: Key, names: readonly string[]): Promise<string> {
    const stats = await Promise.all(names.map((name) => stat(path.join(this.#path(key), name)).catch(() => null)));
    return stats.map((file) => (file ? `${file.ino} ${file.size} ${file.mtimeMs} ${file.ctimeMs}` : '-')).join('\n');
  }

  async begin(prefix: Key, attempt: number): Promise<void> {
    const folder = this.#path(prefix);
    await raiseFence(folder, attempt);
    await putAllBack(folder, folder);
    const leftovers = await leftoversIn(folder);
    for (const name of leftovers) await rm(path.join(folder, name), { recursive: true, force: true });
  }

  publish(key: Key, blobs: Record<string, Uint8Array>, attempt?: number): Promise<void> {
    const folder = this.#path(key);
    return withinFence(path.dirname(folder), attempt, (staging) => publish(folder, blobs, staging));
  }

  async remove(key: Key, attempt?: number, isWanted?: () => Promise<boolean>): Promise<void> {
    const folder = this.#path(key);
    if (isLeaving(nameOf(key))) return putBack(folder, ownerOf(folder));
    await withinFence(path.dirname(folder), attempt, async (staging) => {
      await discard(folder, staging, isWanted);
      await discard(damagedName(folder), staging);
    });
    await rm(markOf(folder), { force: true });
  }

  markDamaged(key: Key, verify: (key: Key) => Promise<unknown>): Promise<void> {
    return markFolderDamaged(this.#path(key), () => verify(damagedName(key)));
  }

  withdraw(key: Key): Promise<Withdrawn | null> {
    return withdraw(this.#path(key));
  }

  /** A disk that cannot be written is not pruned either. */
  async markUsed(key: Key): Promise<void> {
    const mark = markOf(this.#path(key));
    const now = new Date();
    await utimes(mark, now, now)
      .catch(() => writeFile(mark, ''))
      .catch(() => {});
  }

  unusedMs(key: Key): Promise<number> {
    return stat(markOf(this.#path(key))).then(
      ({ mtimeMs }) => Math.abs(Date.now() - mtimeMs),
      () => Number.POSITIVE_INFINITY,
    );
  }

  /** @param touchMs how often the process says that the draft is still its own. */
  openDraft(prefix: Key, touchMs?: number): Promise<Draft> {
    return FolderDraft.open(this.location, prefix, touchMs);
  }

  resumeDraft(id: string): Draft {
    return new FolderDraft(this.location, keyOf(id));
  }

  /** @param silentMs a draft that nobody has touched for so long is abandoned. */
  abandonedDrafts(prefix: Key, silentMs?: number): AbandonedDrafts {
    return new AbandonedFolders(this.#path(prefix), silentMs);
  }

  async leftovers(prefix: Key): Promise<Key[]> {
    return (await leftoversIn(this.#path(prefix))).map((name) => keyOf(prefix, name));
  }

  ageMs(key: Key): Promise<number> {
    return stat(this.#path(key)).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
  }

  removeAbandoned(prefix: Key, olderThanMs: number): Promise<void> {
    return removeAbandoned(this.#path(prefix), olderThanMs);
  }

  prepare(): Promise<void> {
    return prepareFolders(this.location, Object.values(areas));
  }

  problem(): Promise<string | null> {
    return this.#check.problem();
  }

  hasRoom(prefix: Key, bytes: number): Promise<boolean> {
    return hasRoom(this.#path(prefix), bytes);
  }

  #path(key: Key): string {
    return path.join(this.location, keyOf(key));
  }
}

/** Where a group stood that is on its way out. */
function ownerOf(leaving: string): string {
  const folder = path.dirname(leaving);
  return isAttemptFolder(path.basename(folder)) ? path.dirname(folder) : folder;
}

function markOf(folder: string): string {
  return `${folder}.served`;
}

function versionIn({ ino, ctimeMs }: Stats): string {
  return `${ino} ${ctimeMs}`;
}
