/**
 * Opens groups, and blobs of groups, as files of this machine's cache.
 */
import type { FileHandle } from 'node:fs/promises';
import { type Key, keyOf } from '../key.ts';
import { OpenFiles } from '../local/open-files.ts';
import { withOpened } from '../with-opened.ts';
import { groupAt, placeOf, type Revision } from './catalogue.ts';
import type { Catalogues } from './catalogues.ts';
import type { Revisions } from './revisions.ts';

/** Times that a group is opened again which was replaced meanwhile. */
const openingsAtMost = 10;

export class GroupReader {
  readonly #catalogues: Catalogues;
  readonly #revisions: Revisions;

  constructor(catalogues: Catalogues, revisions: Revisions) {
    this.#catalogues = catalogues;
    this.#revisions = revisions;
  }

  async revisionOf(key: Key): Promise<Revision | undefined> {
    const { owner, group } = groupAt(key);
    return (await this.#catalogues.read(owner))?.groups[group];
  }

  /** A group that is replaced before all of it is here is opened anew. */
  async open(key: Key, names: readonly string[]): Promise<OpenFiles> {
    const { owner } = groupAt(key);
    for (let openings = 1; ; openings++) {
      const revision = await this.revisionOf(key);
      const opened = await this.#openAll(owner, revision, names);
      const isWhole = names.every((name) => opened.has(name) || !revision?.blobs[name]);
      if (isWhole || openings === openingsAtMost || (await this.revisionOf(key))?.id === revision?.id) return opened;
      await opened.close();
    }
  }

  /** Uses a blob of a group as an open file; null: the group has none of this name. */
  async use<T>(key: Key, use: (file: FileHandle) => Promise<T>): Promise<T | null | 'no group'> {
    const { owner, rest } = placeOf(key);
    const [name, ...parents] = [...rest].reverse();
    if (name === undefined || parents.length > 1) return 'no group';
    const isThere = async () => (await this.#catalogues.read(owner))?.groups[parents[0] ?? '']?.blobs[name];
    if (parents.length === 0 && !(await isThere())) return 'no group';
    const open = () => this.open(keyOf(owner, ...parents), [name]);
    return withOpened(open, async (group) => {
      const file = group.file(name);
      return file ? use(file) : null;
    });
  }

  async #openAll(owner: Key, revision: Revision | undefined, names: readonly string[]): Promise<OpenFiles> {
    const handles = new Map<string, FileHandle>();
    const opened = new OpenFiles(handles);
    try {
      for (const name of names) {
        const handle = revision && (await this.#revisions.open(owner, revision, name));
        if (handle) handles.set(name, handle);
      }
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
}
