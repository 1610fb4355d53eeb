/**
 * A catalogue: the one object that says what a job has kept, or what a dataset is made of, and which attempt may change
 * it. It is only ever replaced by a conditional write, so that each change is one step: the check of the attempt, and
 * what appears or goes with it.
 */
import { randomBytes } from 'node:crypto';
import { FencedError } from '../../platform/errors.ts';
import { currentVersion, ensureReadable } from '../../platform/versions.ts';
import { type Key, keyOf } from '../key.ts';

export interface StoredBlob {
  bytes: number;
  sha256: string;
}

/** The blobs of a group as they were published once, below a key of their own. */
export interface Revision {
  id: string;
  blobs: Record<string, StoredBlob>;
}

export interface Catalogue {
  version: number;
  /** Tells this state from any other, also from an equal one. */
  write: string;
  /** The newest that has begun; 0: none. */
  attempt: number;
  /** By name; that of a group that the catalogue's own key names is empty. */
  groups: Record<string, Revision>;
  /** Those that are out of use. */
  damaged: Record<string, Revision>;
  /** Those that nobody finds any more, and whose blobs stay until it is known that nobody wants them. */
  leaving?: Record<string, Revision>;
}

/** What changes of a catalogue; the rest is filled in as it is written. */
export type CatalogueContent = Omit<Catalogue, 'version' | 'write'>;

export const emptyCatalogue: CatalogueContent = { attempt: 0, groups: {}, damaged: {} };

const nonceBytes = 16;
/** Characters of what stands in the place of a catalogue that was withdrawn; every catalogue is longer. */
export const tombstoneBytes = 2 * nonceBytes;

export function newNonce(): string {
  return randomBytes(nonceBytes).toString('hex');
}

/** Where the catalogue of the job or dataset lies that a key belongs to. */
export function catalogueKey(owner: Key): Key {
  return `${owner}.json`;
}

/** The text that is written, and what tells it from another. */
export function written(content: CatalogueContent): Catalogue {
  const { attempt, groups, damaged, leaving } = content;
  return { version: currentVersion, write: newNonce(), attempt, groups, damaged, leaving };
}

/** null: it was withdrawn. @throws UnsupportedVersionError */
export function parseCatalogue(owner: Key, text: string): Catalogue | null {
  if (text.length <= tombstoneBytes) return null;
  const catalogue = JSON.parse(text) as Catalogue;
  ensureReadable(`The catalogue of ${owner}`, catalogue);
  return catalogue;
}

const revisionPattern = /^([A-Za-z0-9_-]*)\.(\d+)\.[0-9a-f]{16}$/;

/** A revision of a group that nobody has had. @param attempt it is made under; 0: none. */
export function newRevisionId(group: string, attempt = 0): string {
  return `${group}.${attempt}.${randomBytes(8).toString('hex')}`;
}

/** The attempt that a revision was made under; null: the name is none of a revision. */
export function attemptOf(name: string): number | null {
  const found = revisionPattern.exec(name);
  return found && Number(found[2]);
}

/** Ids of all revisions that a catalogue names. */
export function revisionsIn({ groups, damaged, leaving = {} }: CatalogueContent): string[] {
  return [groups, damaged, leaving].flatMap((revisions) => Object.values(revisions)).map(({ id }) => id);
}

/** A catalogue as an attempt finds it at its beginning: whoever was about to remove something does so no more. */
export function begun(current: Catalogue | null, attempt: number): CatalogueContent {
  const { groups, damaged, leaving } = current ?? emptyCatalogue;
  return { attempt, groups: { ...leaving, ...groups }, damaged };
}

/** @throws FencedError unless the attempt is the newest that has begun. */
export function ensureNotFenced(catalogue: Catalogue | null, attempt: number): void {
  if (catalogue?.attempt !== attempt) throw new FencedError(attempt, catalogue?.attempt ?? 0);
}

export function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const { [name]: _, ...rest } = record;
  return rest;
}

/** The job or dataset that a key belongs to, and what it names in there. */
export function placeOf(key: Key): { owner: Key; rest: string[] } {
  const names = keyOf(key).split('/');
  return { owner: names.slice(0, 2).join('/'), rest: names.slice(2) };
}

/** The group that a key names; its name is empty where the key is that of its catalogue. */
export function groupAt(key: Key): { owner: Key; group: string } {
  const { owner, rest } = placeOf(key);
  return { owner, group: rest[0] ?? '' };
}
