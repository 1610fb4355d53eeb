/**
 * The store in a bucket. `<area>/<name>.json` is the catalogue of a job or a dataset, and the only object that is
 * replaced, by conditional writes; `<area>/<name>/<group>.<attempt>.<id>/` holds the blobs of one revision of a group;
 * what else lies below `<area>/<name>/` are blobs by themselves, and `<group>.served`, the group's mark of use.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { FencedError } from '../../platform/errors.ts';
import { prepareFolders } from '../../platform/files/data-folder.ts';
import type { AbandonedDrafts, BlobStore, Draft, GroupNames, OpenGroup, Withdrawn } from '../blob-store.ts';
import { type Key, keyOf } from '../key.ts';
import { AbandonedFolders, removeAbandoned } from '../local/abandoned.ts';
import { readAt } from '../local/block-file.ts';
import { FolderDraft } from '../local/drafts.ts';
import type { Patience } from '../patience.ts';
import { withOpened } from '../with-opened.ts';
import { BlobCache } from './cache.ts';
import { begun, emptyCatalogue, groupAt, placeOf, revisionsIn, without } from './catalogue.ts';
import { Catalogues } from './catalogues.ts';
import { ConditionsCheck } from './conditions.ts';
import { isStoreAway } from './failure.ts';
import { GroupPublisher } from './group-publisher.ts';
import { GroupReader } from './group-reader.ts';
import { Leftovers } from './leftovers.ts';
import { parseS3Location } from './location.ts';
import { S3Objects } from './objects.ts';
import { removeGroup } from './removal.ts';
import { Revisions } from './revisions.ts';
import { S3Draft } from './s3-draft.ts';
import { WriteProbe } from './write-probe.ts';

export class S3Store implements BlobStore {
  readonly location: string;
  readonly #cacheFolder: string;
  readonly #objects: S3Objects;
  readonly #conditions: ConditionsCheck;
  readonly #catalogues: Catalogues;
  readonly #revisions: Revisions;
  readonly #reader: GroupReader;
  readonly #publisher: GroupPublisher;
  readonly #leftovers: Leftovers;
  readonly #probe: WriteProbe;

  /** @param patience how long a request waits for a store that is away; absent: not at all. */
  constructor(location: string, patience?: Patience) {
    const { bucket, prefix, cacheFolder, cacheBytes } = parseS3Location(location);
    this.location = location;
    this.#cacheFolder = cacheFolder;
    this.#objects = new S3Objects(bucket, prefix, patience);
    this.#conditions = new ConditionsCheck(this.#objects, path.join(cacheFolder, 'conditions.json'));
    this.#catalogues = new Catalogues(this.#objects, this.#conditions, path.join(cacheFolder, 'catalogues'));
    this.#revisions = new Revisions(this.#objects, new BlobCache(path.join(cacheFolder, 'blobs'), cacheBytes));
    this.#reader = new GroupReader(this.#catalogues, this.#revisions);
    this.#publisher = new GroupPublisher(this.#catalogues, this.#revisions);
    this.#leftovers = new Leftovers(this.#objects, this.#catalogues, this.#revisions, this.#conditions);
    this.#probe = new WriteProbe(this.#objects);
  }

  async get(key: Key): Promise<Buffer | null> {
    const opened = await this.#reader.use(key, (file) => file.readFile());
    if (opened !== 'no group') return opened;
    const found = await this.#objects.get(keyOf(key));
    return found && (found as { body: Buffer }).body;
  }

  async put(key: Key, content: string | Uint8Array): Promise<void> {
    await this.#objects.put(keyOf(key), content);
  }

  async putIfAbsent(key: Key, content: string | Uint8Array): Promise<boolean> {
    await this.#conditions.result();
    return (await this.#objects.putIf('absent', keyOf(key), content.toString())) !== null;
  }

  async has(key: Key): Promise<boolean> {
    const { owner, rest } = placeOf(key);
    const catalogue = await this.#catalogues.read(owner);
    if (catalogue) {
      const [first, second] = rest;
      if (first === undefined) return true;
      if (second === undefined && (catalogue.groups[first] ?? catalogue.groups['']?.blobs[first])) return true;
      if (second !== undefined) return catalogue.groups[first]?.blobs[second] !== undefined;
    }
    return rest.length <= 1 && (await this.#objects.head(keyOf(key))) !== null;
  }

  async readAt(key: Key, into: Uint8Array, position: number): Promise<number | null> {
    const read = await this.#reader.use(key, (file) => readAt(file, into, position));
    if (read !== 'no group') return read;
    const found = await this.get(key);
    if (!found) return null;
    const part = found.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  async bytesBelow(prefix: Key): Promise<number> {
    const { objects } = await this.#objects.list(`${keyOf(prefix)}/`, 'all');
    return objects.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async list(prefix: Key): Promise<GroupNames> {
    if (isArea(prefix)) return { whole: [...(await this.versionsIn(prefix)).keys()], damaged: [] };
    const { groups, damaged } = (await this.#catalogues.read(keyOf(prefix))) ?? emptyCatalogue;
    return { whole: Object.keys(groups).filter((name) => name !== ''), damaged: Object.keys(damaged) };
  }

  versionsIn(area: Key): Promise<Map<string, string>> {
    return this.#leftovers.owners(area);
  }

  async stateOf(key: Key): Promise<'whole' | 'damaged' | 'missing'> {
    const { owner, group } = groupAt(key);
    const catalogue = await this.#catalogues.read(owner);
    if (catalogue?.groups[group]) return 'whole';
    return catalogue?.damaged[group] ? 'damaged' : 'missing';
  }

  open(key: Key, names: readonly string[]): Promise<OpenGroup> {
    return this.#reader.open(key, names);
  }

  withGroup<T>(key: Key, names: readonly string[], use: (group: OpenGroup) => Promise<T>): Promise<T> {
    return withOpened(() => this.open(key, names), use);
  }

  async versionOf(key: Key): Promise<string | null> {
    return (await this.#reader.revisionOf(key))?.id ?? null;
  }

  versionNow(): undefined {
    return undefined;
  }

  /** Objects are never written twice. */
  async signatureOf(key: Key, names: readonly string[]): Promise<string> {
    const revision = await this.#reader.revisionOf(key);
    return [revision?.id ?? '-', ...names.map((name) => revision?.blobs[name]?.sha256 ?? '-')].join('\n');
  }

  async begin(prefix: Key, attempt: number): Promise<void> {
    const owner = keyOf(prefix);
    await this.#catalogues.change(owner, (current) => {
      if (current && current.attempt > attempt) throw new FencedError(attempt, current.attempt);
      return current?.attempt === attempt ? undefined : begun(current, attempt);
    });
    await this.#leftovers.removeUnfinished(owner, attempt);
  }

  publish(key: Key, blobs: Record<string, Uint8Array>, attempt?: number): Promise<void> {
    return this.#publisher.publish(key, blobs, attempt);
  }

  async remove(key: Key, attempt?: number, isWanted?: () => Promise<boolean>): Promise<void> {
    if (await this.#leftovers.removeLeftover(key)) return;
    const { owner, group } = groupAt(key);
    if (group === '') return (await this.withdraw(key))?.delete() ?? this.#revisions.removeBelow(owner);
    const gone = await removeGroup(this.#catalogues, { owner, group, attempt }, isWanted);
    for (const revision of gone) await this.#revisions.removeQuietly(owner, revision);
    await this.#objects.delete(markOf(key)).catch(() => {});
  }

  /** The verification and the change are one step: a group that was replaced meanwhile is not the one that was verified. */
  async markDamaged(key: Key, verify: (key: Key) => Promise<unknown>): Promise<void> {
    const { owner, group } = groupAt(key);
    try {
      const suspect = (await this.#catalogues.fresh(owner))?.groups[group];
      if (!suspect || (await isFine(() => verify(key)))) return;
      const { before } = await this.#catalogues.change(owner, (current) => {
        if (current?.groups[group]?.id !== suspect.id) return undefined;
        const damaged = { ...current.damaged, [group]: suspect };
        return { ...current, groups: without(current.groups, group), damaged };
      });
      const former = before?.damaged[group];
      if (former) await this.#revisions.removeQuietly(owner, former);
    } catch {
      // A store that cannot be written leaves it where it is.
    }
  }

  async withdraw(key: Key): Promise<Withdrawn | null> {
    const owner = keyOf(key);
    const { before, etag } = await this.#catalogues.change(owner, (current) => (current ? 'withdrawn' : undefined));
    if (!before || etag === null) return null;
    return {
      delete: () => this.#leftovers.removeWithdrawn(owner, before, etag),
      restore: async () => {
        if (await this.#catalogues.restore(owner, before, etag)) return;
        for (const id of revisionsIn(before)) await this.#revisions.remove(owner, id);
      },
    };
  }

  /** A store that cannot be written is not pruned either; one that is away is not waited for. */
  async markUsed(key: Key): Promise<void> {
    if (!this.#objects.isAway) await this.#objects.put(markOf(key), '').catch(() => {});
  }

  async unusedMs(key: Key): Promise<number> {
    const mark = await this.#objects.head(markOf(key));
    return mark ? Math.abs(this.#objects.nowMs - mark.lastModifiedMs) : Number.POSITIVE_INFINITY;
  }

  async openDraft(prefix: Key): Promise<Draft> {
    return this.#sent(await FolderDraft.open(this.#draftsFolder, prefix));
  }

  resumeDraft(id: string): Draft {
    return this.#sent(new FolderDraft(this.#draftsFolder, keyOf(id)));
  }

  abandonedDrafts(prefix: Key): AbandonedDrafts {
    return new AbandonedFolders(path.join(this.#draftsFolder, keyOf(prefix)));
  }

  leftovers(prefix: Key): Promise<Key[]> {
    return isArea(prefix) ? this.#leftovers.leftoversOfArea(prefix) : this.#leftovers.leftoversOf(keyOf(prefix));
  }

  async ageMs(key: Key): Promise<number> {
    const lastMs = await this.#leftovers.lastChangeMs(keyOf(key));
    return lastMs === null ? 0 : this.#objects.nowMs - lastMs;
  }

  /** Of what has reached the store, the sweep of leftovers takes care. */
  removeAbandoned(prefix: Key, olderThanMs: number): Promise<void> {
    return removeAbandoned(path.join(this.#draftsFolder, keyOf(prefix)), olderThanMs);
  }

  /** A store that does not answer now may do so later: what needs it says so until then. */
  async prepare(): Promise<void> {
    await prepareFolders(this.#cacheFolder, []);
    await mkdir(this.#draftsFolder, { recursive: true });
    await this.#conditions.result().catch((error) => {
      if (!isStoreAway(error)) throw error;
    });
  }

  problem(): Promise<string | null> {
    return this.#probe.problem();
  }

  hasRoom(_: Key, bytes: number): Promise<boolean> {
    return this.#probe.hasRoom(bytes);
  }

  get #draftsFolder(): string {
    return path.join(this.#cacheFolder, 'drafts');
  }

  #sent(draft: FolderDraft): Draft {
    return new S3Draft(draft, (key, contents) => this.#publisher.publishNew(key, contents));
  }
}

function isArea(prefix: Key): boolean {
  return !keyOf(prefix).includes('/');
}

function markOf(key: Key): Key {
  return `${keyOf(key)}.served`;
}

function isFine(verify: () => Promise<unknown>): Promise<boolean> {
  return verify().then(
    () => true,
    () => false,
  );
}
