/**
 * What no catalogue names: found, dated and removed.
 */
import { type Key, keyOf, nameOf, parentOf } from '../key.ts';
import { attemptOf, type Catalogue, catalogueKey, emptyCatalogue, revisionsIn, tombstoneBytes } from './catalogue.ts';
import type { Catalogues } from './catalogues.ts';
import type { ConditionsCheck } from './conditions.ts';
import type { ListedObject, S3Objects } from './objects.ts';
import { type Leaving, settle } from './removal.ts';
import type { Revisions } from './revisions.ts';

const ending = '.json';

export class Leftovers {
  readonly #objects: S3Objects;
  readonly #catalogues: Catalogues;
  readonly #revisions: Revisions;
  readonly #conditions: ConditionsCheck;

  constructor(objects: S3Objects, catalogues: Catalogues, revisions: Revisions, conditions: ConditionsCheck) {
    this.#objects = objects;
    this.#catalogues = catalogues;
    this.#revisions = revisions;
    this.#conditions = conditions;
  }

  /** Names of the jobs or datasets of an area that have a catalogue, each with its ETag: a request for a thousand of them. */
  async owners(area: Key): Promise<Map<string, string>> {
    const { objects } = await this.#objects.list(`${keyOf(area)}/`, 'direct');
    return new Map(objects.filter(isCatalogue).map(({ key, etag }) => [nameOf(key).slice(0, -ending.length), etag]));
  }

  /** What stands in the place of catalogues that were withdrawn, and folders that have none. */
  async leftoversOfArea(area: Key): Promise<Key[]> {
    const { objects, folders } = await this.#objects.list(`${keyOf(area)}/`, 'direct');
    const owners = new Set(objects.filter(isCatalogue).map(({ key }) => key.slice(0, -ending.length)));
    return [...objects.filter(isTombstone).map(({ key }) => key), ...folders.filter((folder) => !owners.has(folder))];
  }

  /** Revisions that a job or dataset has, and its catalogue does not name; and those that are on their way out. */
  async leftoversOf(owner: Key): Promise<Key[]> {
    const { unnamed, leaving } = await this.#look(owner);
    return [...unnamed, ...leaving];
  }

  /** Removes what earlier attempts wrote and never published: later ones may be writing at this moment. */
  async removeUnfinished(owner: Key, attempt: number): Promise<void> {
    for (const folder of (await this.#look(owner)).unnamed) {
      const madeUnder = attemptOf(nameOf(folder))!;
      if (madeUnder > 0 && madeUnder < attempt) await this.#revisions.removeBelow(folder);
    }
  }

  async #look(owner: Key): Promise<{ unnamed: Key[]; leaving: Key[] }> {
    const { folders } = await this.#objects.list(`${owner}/`, 'direct');
    // Afterwards: what is published meanwhile has a name by now.
    const catalogue = (await this.#catalogues.fresh(owner)) ?? emptyCatalogue;
    const named = new Set(revisionsIn(catalogue));
    return {
      unnamed: folders.filter((folder) => attemptOf(nameOf(folder)) !== null && !named.has(nameOf(folder))),
      leaving: Object.values(catalogue.leaving ?? {}).map(({ id }) => keyOf(owner, id)),
    };
  }

  /** Removes a key that `leftovers` has named. False: it is none of those. */
  async removeLeftover(key: Key): Promise<boolean> {
    if (keyOf(key).endsWith(ending) && key.split('/').length === 2) {
      const found = await this.#objects.head(key);
      if (found && found.bytes <= tombstoneBytes) await this.#objects.delete(key, { etag: found.etag });
      return true;
    }
    if (attemptOf(nameOf(key)) === null) return false;
    const leaving = await this.#leavingAt(key);
    const isKept = leaving && (await settle(this.#catalogues, parentOf(key), leaving, async () => true));
    if (!isKept) await this.#revisions.removeBelow(keyOf(key));
    return true;
  }

  /** What is on its way out under this key: its remover may have died before it knew whether somebody wants it. */
  async #leavingAt(key: Key): Promise<Leaving | undefined> {
    const { leaving = {} } = (await this.#catalogues.fresh(parentOf(key))) ?? emptyCatalogue;
    const found = Object.entries(leaving).find(([, { id }]) => id === nameOf(key));
    return found && { group: found[0], revision: found[1] };
  }

  /**
   * Removes what a withdrawn catalogue has named, and what else lies there; but no revision that it does not name, which
   * somebody may be about to publish under the same key.
   */
  async removeWithdrawn(owner: Key, catalogue: Catalogue, etag: string): Promise<void> {
    const named = new Set(revisionsIn(catalogue));
    const { objects } = await this.#objects.list(`${owner}/`, 'all');
    const isGone = ({ key }: ListedObject) => {
      const [folder, ...below] = key.slice(owner.length + 1).split('/');
      return below.length === 0 || attemptOf(folder) === null || named.has(folder);
    };
    await this.#revisions.removeAll(objects.filter(isGone).map(({ key }) => key));
    const { ofDeletes } = await this.#conditions.result();
    // Where deletes know no conditions it stays until a sweep finds it old.
    if (ofDeletes) await this.#objects.delete(catalogueKey(owner), { etag });
  }

  /** When a key, or what lies below it, was last written to, by the server's clock; null: there is nothing. */
  async lastChangeMs(key: Key): Promise<number | null> {
    // What is leaving has left when its catalogue was written, or later.
    const isLeaving = attemptOf(nameOf(key)) !== null && (await this.#leavingAt(key)) !== undefined;
    const own = isLeaving ? catalogueKey(parentOf(key)) : key.endsWith(ending) ? key : catalogueKey(key);
    const found = await this.#objects.head(own);
    if (found) return found.lastModifiedMs;
    const { objects } = await this.#objects.list(`${key}/`, 'all');
    return objects.length === 0 ? null : Math.max(...objects.map(({ lastModifiedMs }) => lastModifiedMs));
  }
}

function isCatalogue({ key, bytes }: ListedObject): boolean {
  return key.endsWith(ending) && bytes > tombstoneBytes;
}

function isTombstone({ key, bytes }: ListedObject): boolean {
  return key.endsWith(ending) && bytes <= tombstoneBytes;
}
