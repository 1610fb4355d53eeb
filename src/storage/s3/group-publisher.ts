/**
 * Makes groups appear: their blobs are written first, and then, in one step, a catalogue names them.
 */
import { FencedError } from '../../platform/errors.ts';
import type { Key } from '../key.ts';
import {
  type Catalogue,
  type CatalogueContent,
  emptyCatalogue,
  ensureNotFenced,
  groupAt,
  newRevisionId,
  type Revision,
} from './catalogue.ts';
import type { Catalogues } from './catalogues.ts';
import type { Content } from './objects.ts';
import type { Revisions } from './revisions.ts';

export class GroupPublisher {
  readonly #catalogues: Catalogues;
  readonly #revisions: Revisions;

  constructor(catalogues: Catalogues, revisions: Revisions) {
    this.#catalogues = catalogues;
    this.#revisions = revisions;
  }

  /** As `Groups.publish`. */
  async publish(key: Key, blobs: Record<string, Uint8Array>, attempt?: number): Promise<void> {
    const { owner, group } = groupAt(key);
    if (attempt !== undefined) ensureNotFenced(await this.#catalogues.fresh(owner), attempt);
    const revision = await this.#revisions.write(owner, newRevisionId(group, attempt), blobs);
    const replaced = await this.#name(owner, group, revision, attempt);
    if (replaced) await this.#revisions.removeQuietly(owner, replaced);
  }

  /** False: there is a group of this key already, which stays. */
  async publishNew(key: Key, contents: Record<string, Content>): Promise<boolean> {
    const { owner, group } = groupAt(key);
    if ((await this.#catalogues.fresh(owner))?.groups[group]) return false;
    const revision = await this.#revisions.write(owner, newRevisionId(group), contents);
    const { isChanged } = await this.#catalogues.change(owner, (current) => {
      if (current?.groups[group]) return undefined;
      return naming(current, group, revision);
    });
    if (!isChanged) await this.#revisions.removeQuietly(owner, revision);
    return isChanged;
  }

  /** Makes a catalogue name a revision; returns the one that it named before. What nobody will name is removed. */
  async #name(
    owner: Key,
    group: string,
    revision: Revision,
    attempt: number | undefined,
  ): Promise<Revision | undefined> {
    try {
      const { before } = await this.#catalogues.change(owner, (current) => {
        if (attempt !== undefined) ensureNotFenced(current, attempt);
        return naming(current, group, revision);
      });
      return before?.groups[group];
    } catch (error) {
      // After any other failure the store may name it.
      if (error instanceof FencedError) await this.#revisions.removeQuietly(owner, revision);
      throw error;
    }
  }
}

function naming(catalogue: Catalogue | null, group: string, revision: Revision): CatalogueContent {
  const content = catalogue ?? emptyCatalogue;
  return { ...content, groups: { ...content.groups, [group]: revision } };
}
