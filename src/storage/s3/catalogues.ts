/**
 * Reads and changes catalogues. What was read is kept on this machine, so that readers go on while the store is away;
 * a change is made over what the store has, or not at all.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LRUCache } from 'lru-cache';
import { replaceFile } from '../../platform/files/disk.ts';
import type { Key } from '../key.ts';
import {
  type Catalogue,
  type CatalogueContent,
  catalogueKey,
  newNonce,
  parseCatalogue,
  tombstoneBytes,
  written,
} from './catalogue.ts';
import type { ConditionsCheck } from './conditions.ts';
import { isStoreAway } from './failure.ts';
import type { Expected, S3Objects } from './objects.ts';

/** Catalogues that a process remembers. */
const remembered = 10_000;
/** Who could do without the store waits no longer for it. */
const readerPatienceMs = 2_000;
/** A catalogue has one writer, or a few that meet by chance. */
const triesAtMost = 50;

/** A catalogue as the store had it; `text` of none, and of one that was withdrawn, is no catalogue. */
interface Known {
  etag: string;
  text: string;
}

/** What a change makes of a catalogue; undefined: it stays. */
export type Change = (current: Catalogue | null) => CatalogueContent | 'withdrawn' | undefined;

export interface Changed {
  before: Catalogue | null;
  isChanged: boolean;
  etag: string | null;
}

export class Catalogues {
  readonly #objects: S3Objects;
  readonly #conditions: ConditionsCheck;
  readonly #folder: string;
  readonly #known = new LRUCache<Key, Known>({ max: remembered });
  readonly #reading = new Map<Key, Promise<Catalogue | null>>();

  /** @param folder of the copies on this machine. */
  constructor(objects: S3Objects, conditions: ConditionsCheck, folder: string) {
    this.#objects = objects;
    this.#conditions = conditions;
    this.#folder = folder;
  }

  /**
   * For readers: as the store has it; while that is away, and nobody waits for it, as it was read last. Those who
   * ask in the same turn of the event loop share one request.
   * @throws StorageError while the store is away and this machine has no copy.
   */
  read(owner: Key): Promise<Catalogue | null> {
    const reading = this.#reading.get(owner) ?? this.#readSoon(owner);
    this.#reading.set(owner, reading);
    return reading;
  }

  async #readSoon(owner: Key): Promise<Catalogue | null> {
    await Promise.resolve();
    this.#reading.delete(owner);
    if (this.#objects.isPatient) return this.fresh(owner);
    const known = this.#known.get(owner) ?? (await this.#copyOf(owner));
    if (known && this.#objects.isAway) return parseCatalogue(owner, known.text);
    try {
      return await this.fresh(owner, known ? AbortSignal.timeout(readerPatienceMs) : undefined);
    } catch (error) {
      if (!known || !isStoreAway(error)) throw error;
      return parseCatalogue(owner, known.text);
    }
  }

  /** As the store has it. */
  async fresh(owner: Key, signal?: AbortSignal): Promise<Catalogue | null> {
    const found = await this.#ask(owner, signal);
    return found && parseCatalogue(owner, found.text);
  }

  /** Changes a catalogue in one step, over what another writer made of it meanwhile if need be. */
  async change(owner: Key, change: Change): Promise<Changed> {
    await this.#conditions.result();
    for (let tries = 0; tries < triesAtMost; tries++) {
      const found = await this.#ask(owner);
      const before = found && parseCatalogue(owner, found.text);
      const next = change(before);
      if (next === undefined) return { before, isChanged: false, etag: found?.etag ?? null };
      const text = next === 'withdrawn' ? newNonce() : JSON.stringify(written(next));
      const etag = await this.#write(owner, found ? { etag: found.etag } : 'absent', text);
      if (etag !== null) return { before, isChanged: true, etag };
    }
    throw new Error(`The catalogue of ${owner} could not be changed: others change it all the time.`);
  }

  /** Puts back what was withdrawn. False: something else stands in its place. */
  async restore(owner: Key, content: CatalogueContent, etag: string): Promise<boolean> {
    return (await this.#write(owner, { etag }, JSON.stringify(written(content)))) !== null;
  }

  /** The ETag of what was written; null: the store has something else than was expected. */
  async #write(owner: Key, expected: Expected, text: string): Promise<string | null> {
    const etag = (await this.#objects.putIf(expected, catalogueKey(owner), text)) ?? (await this.#ifOurs(owner, text));
    if (etag !== null) await this.#remember(owner, { etag, text });
    return etag;
  }

  /** A write whose answer was lost is made again, and refused the second time: no two texts are equal. */
  async #ifOurs(owner: Key, text: string): Promise<string | null> {
    const found = await this.#ask(owner);
    return found?.text === text ? found.etag : null;
  }

  async #ask(owner: Key, signal?: AbortSignal): Promise<Known | null> {
    const known = this.#known.get(owner);
    const found = await this.#objects.get(catalogueKey(owner), known?.etag, signal);
    if (found === 'unchanged') return known!;
    if (found === null) {
      if (known && known.text.length > tombstoneBytes) await this.#remember(owner, { etag: '', text: '' });
      this.#known.delete(owner);
      return null;
    }
    const read = { etag: found.etag, text: found.body.toString('utf8') };
    if (read.text !== known?.text) await this.#remember(owner, read);
    return read;
  }

  async #remember(owner: Key, known: Known): Promise<void> {
    if (known.etag !== '') this.#known.set(owner, known);
    // A machine that cannot keep a copy does without one.
    await mkdir(this.#folder, { recursive: true })
      .then(() => replaceFile(this.#copy(owner), known.text))
      .catch(() => {});
  }

  async #copyOf(owner: Key): Promise<Known | null> {
    const text = await readFile(this.#copy(owner), 'utf8').catch(() => null);
    return text === null ? null : { etag: '', text };
  }

  #copy(owner: Key): string {
    return path.join(this.#folder, createHash('sha256').update(owner).digest('hex').slice(0, 32));
  }
}
