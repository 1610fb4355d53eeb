/**
 * What Lookback asks of the place where checkpoints, reports and datasets lie. A blob is some bytes under a key; a
 * group is the blobs directly below one key, which appear together and go together. Callers name keys, never
 * paths; every implementation is held to `test/storage/contract.ts`.
 */
import type { Key } from './key.ts';

/** Blobs by themselves. What lies under a key and is no blob (in a folder: what is no regular file) is none, and never waited for. */
export interface Blobs {
  /** All of a blob; null: there is none. */
  get(key: Key): Promise<Buffer | null>;
  /**
   * Writes a blob, in the place of one that was there: readers see the former bytes or the new ones, and after the call
   * the new ones outlast a crash.
   */
  put(key: Key, content: string | Uint8Array): Promise<void>;
  /** Writes a blob that outlasts a crash. False: there is one of this key already, which stays. */
  putIfAbsent(key: Key, content: string | Uint8Array): Promise<boolean>;
  /** Whether there is a blob or a group of this key. */
  has(key: Key): Promise<boolean>;
  /** Fills `into` with the bytes from `position` on; returns how many there were, null: there is no such blob. */
  readAt(key: Key, into: Uint8Array, position: number): Promise<number | null>;
  /** What all blobs below a key take, as the store counts it. */
  bytesBelow(prefix: Key): Promise<number>;
}

/** Names of the groups directly below a key, as of one moment, in no order. */
export interface GroupNames {
  whole: string[];
  /** Those that `markDamaged` took out of use. */
  damaged: string[];
}

/** Blobs of a group that were opened at once: what is removed or replaced afterwards is still read as what it was. */
export interface OpenGroup {
  has(name: string): boolean;
  /** All of a blob that is there; of one that is longer than expected, one byte more than that, and no more. */
  read(name: string, expectedBytes: number): Promise<Buffer>;
  /** As `Blobs.readAt`, for a blob that is there. */
  readAt(name: string, into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A group that nobody finds any more, until it is put back. */
export interface Withdrawn {
  delete(): Promise<void>;
  /** Where another of the same key has appeared meanwhile, that one stays. */
  restore(): Promise<void>;
}

export interface Groups {
  list(prefix: Key): Promise<GroupNames>;
  /** The whole groups directly below an area, each with what changes when it is replaced. */
  versionsIn(area: Key): Promise<Map<string, string>>;
  stateOf(key: Key): Promise<'whole' | 'damaged' | 'missing'>;
  /** Opens those of the named blobs that there are. The caller closes it. */
  open(key: Key, names: readonly string[]): Promise<OpenGroup>;
  /**
   * Opens, uses and closes; waits while too many others are open. `use` must not call it again: it could wait for its
   * own turn for ever.
   */
  withGroup<T>(key: Key, names: readonly string[], use: (group: OpenGroup) => Promise<T>): Promise<T>;
  /** Changes when the group is replaced; null: there is none. */
  versionOf(key: Key): Promise<string | null>;
  /** The same at once, where that takes microseconds; undefined: it has to be waited for. */
  versionNow(key: Key): string | null | undefined;
  /** Changes when one of the named blobs is written to, replaced or removed. */
  signatureOf(key: Key, names: readonly string[]): Promise<string>;
  /**
   * Makes `attempt` the only one that may publish and remove below `prefix`. When this returns, no earlier one can do
   * either any more, whatever it has begun; what they left half-written is gone.
   * @throws FencedError when a later attempt has begun.
   */
  begin(prefix: Key, attempt: number): Promise<void>;
  /**
   * Makes a group appear whole, or not at all; one that is there is replaced. After the call it outlasts a crash.
   * @param attempt the attempt below the key's parent that it is made under; absent: nobody else writes there.
   * @throws FencedError when a later attempt has begun: then nothing has changed. The check and the change are one step.
   */
  publish(key: Key, blobs: Record<string, Uint8Array>, attempt?: number): Promise<void>;
  /**
   * Removes a group, whole or damaged, with its mark of use; nobody sees half of it, and a reader that has it open reads it to its end.
   * @param isWanted asked when nobody finds it any more: a whole group that is wanted all the same goes back. Where the
   *   process dies meanwhile, it goes back with the next attempt, or when this removes it as one of the `leftovers`.
   * @throws FencedError as `publish`.
   */
  remove(key: Key, attempt?: number, isWanted?: () => Promise<boolean>): Promise<void>;
  /**
   * Takes a group out of use and keeps it to be looked at. It is verified once more when nobody finds it any more,
   * under the key that `verify` gets: if that succeeds, a whole one had replaced it, and goes back. A store that cannot
   * be written leaves it where it is.
   */
  markDamaged(key: Key, verify: (key: Key) => Promise<unknown>): Promise<void>;
  /**
   * Takes a group and all below it out of sight, which a store that cannot be written refuses before anything is lost.
   * null: there is none.
   */
  withdraw(key: Key): Promise<Withdrawn | null>;
  /** Says to all processes that a group is being used. Never fails. */
  markUsed(key: Key): Promise<void>;
  /** How long ago that was said last; Infinity: never. */
  unusedMs(key: Key): Promise<number>;
}

/**
 * A group in the making, of any size. It is nobody's until it is published; while it is open its process says again and
 * again that it is.
 */
export interface Draft {
  /** With this the same draft is used in another thread (`resumeDraft`). */
  readonly id: string;
  create(name: string): Promise<BlobWriter>;
  /** The bytes of a finished blob, piece by piece: each but the last a multiple of 8 bytes, and valid until the next is asked for. */
  pieces(name: string): AsyncIterable<Uint8Array>;
  put(name: string, content: string | Uint8Array): Promise<void>;
  drop(name: string): Promise<void>;
  /** Makes it a group that outlasts a crash. False: there is one of this key already, which stays. */
  publish(key: Key): Promise<boolean>;
  /** Ends it; what was not published is gone. */
  release(): Promise<void>;
}

export interface BlobWriter {
  append(bytes: Uint8Array): Promise<void>;
  /** Writes what is left and waits until it outlasts a crash. */
  finish(): Promise<void>;
  /** Ends it as it is, after a failure; harmless after `finish`. */
  abandon(): Promise<void>;
}

export interface AbandonedDrafts {
  /** Looks now and then again and again; `onRemoved` is told the names of what was removed. */
  start(onRemoved: (names: string[]) => void, onError: (error: unknown) => void): void;
  /** Removes drafts whose process has not said anything for long, as it saw itself; returns their names. */
  sweep(): Promise<string[]>;
  close(): Promise<void>;
}

export interface Drafts {
  openDraft(prefix: Key): Promise<Draft>;
  /** A draft that another thread of this process has opened, and releases. */
  resumeDraft(id: string): Draft;
  abandonedDrafts(prefix: Key): AbandonedDrafts;
}

export interface Upkeep {
  /** Keys of what crashes left directly below `prefix` while something was written or removed. */
  leftovers(prefix: Key): Promise<Key[]>;
  /** How long ago something was last published in, or removed from, a group. 0: there is none. */
  ageMs(key: Key): Promise<number>;
  /** Removes what processes that were killed left directly below `prefix`: drafts and what was withdrawn, older than this. */
  removeAbandoned(prefix: Key, olderThanMs: number): Promise<void>;
  /** Makes the store ready. @throws UnavailableError that says what is in the way, and what to do. */
  prepare(): Promise<void>;
  /** What is wrong with it, in a sentence, found out by writing; null: nothing. An answer counts for a while. */
  problem(): Promise<string | null>;
  /** Whether so many bytes can be written, found out by writing them; they are gone afterwards. */
  hasRoom(prefix: Key, bytes: number): Promise<boolean>;
}

export interface BlobStore extends Blobs, Groups, Drafts, Upkeep {
  /** What `openStore` makes the same store of in another thread or process. */
  readonly location: string;
}
