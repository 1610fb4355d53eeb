/**
 * Redis and the store belong together: both carry the same random identity from the day on which they met. A process
 * that finds another one works with neither, or two services would write into one store, and one into two.
 *
 * The store gets the identity first. So a Redis that has one has met a store, and a store without one is not that store:
 * a folder that was not mounted, or a bucket that was mistyped.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, UnavailableError } from '../platform/errors.ts';
import { currentVersion, ensureReadable } from '../platform/versions.ts';
import type { BlobStore, Blobs } from '../storage/blob-store.ts';
import { storageFailureOf } from '../storage/failure.ts';
import { keyOf } from '../storage/key.ts';
import { checkpointArea, isJobId } from './keys.ts';

const identityKey = keyOf(checkpointArea, '.identity');
/** Between two questions to a Redis or a store that does not answer. */
const askAgainMs = 1_000;

/** The identity that Redis carries. */
export interface Identity {
  read(): Promise<string | null>;
  /** Sets it unless it is set; returns what it is then. */
  claim(id: string): Promise<string>;
}

/**
 * Changes nothing. False: Redis has no identity yet.
 * @throws ConflictError `another_store`; UnsupportedVersionError.
 */
export async function ensureNotAnothers(blobs: Blobs, identity: Identity): Promise<boolean> {
  // In this order: two that meet at this moment must not look like strangers.
  const theirs = await identity.read();
  const ours = await identityOf(blobs);
  if (theirs === null) return false;
  if (ours === theirs) return true;
  throw ours === null ? newStore(theirs) : anotherStore();
}

/**
 * As `ensureNotAnothers`; and where Redis has no identity yet, and the store no jobs, they belong together from now on.
 * False: the store has jobs, and Redis knows nothing of them, as after its loss.
 */
export async function join(blobs: BlobStore, identity: Identity): Promise<boolean> {
  if (await ensureNotAnothers(blobs, identity)) return true;
  if ((await blobs.list(checkpointArea)).whole.some(isJobId)) return false;
  await claimIdentity(blobs, identity);
  return true;
}

/**
 * Makes a Redis and a store belong together, one of which has no identity yet.
 * @throws ConflictError `another_store` where both have one, and not the same.
 */
export async function claimIdentity(blobs: Blobs, identity: Identity): Promise<void> {
  const id = (await identityOf(blobs)) ?? (await identity.read()) ?? randomUUID();
  await blobs.putIfAbsent(identityKey, JSON.stringify({ version: currentVersion, id }));
  const ours = await identityOf(blobs);
  if (ours === null || (await identity.claim(ours)) !== ours) throw anotherStore();
}

/**
 * What is wrong where a store that was joined is not there any more, in a sentence: a folder that was moved away, or another
 * one in its place. null: nothing is, or Redis or the store does not say.
 */
export async function problemOfIdentity(blobs: Blobs, identity: Identity): Promise<string | null> {
  try {
    const theirs = await identity.read();
    const ours = theirs === null ? null : await identityOf(blobs);
    if (ours === theirs) return null;
    const found = ours === null ? `${identityKey} is not there` : `${identityKey} is that of another one`;
    return `The store is not the one that this service began with: ${found}. Was it moved away, or is it not mounted?`;
  } catch (error) {
    if (isUndecided(error)) return null;
    throw error;
  }
}

/** Asks again and again while Redis or the store is away. @param isOver asked before each try. */
export async function whenBothAnswer(ask: () => Promise<unknown>, isOver = () => false): Promise<void> {
  while (!isOver()) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!isUndecided(error)) throw error;
      await delay(askAgainMs);
    }
  }
}

/** Whether it says nothing about an identity: Redis or the store does not answer, or takes no changes. */
export function isUndecided(error: unknown): boolean {
  return error instanceof UnavailableError || storageFailureOf(error) !== undefined;
}

async function identityOf(blobs: Blobs): Promise<string | null> {
  const text = (await blobs.get(identityKey))?.toString('utf8') ?? null;
  // It was the bare identity before there were versions.
  if (text === null || !text.startsWith('{')) return text;
  const parsed = JSON.parse(text) as { version: number; id: string };
  ensureReadable('The identity of the checkpoints', parsed);
  return parsed.id;
}

function anotherStore(): ConflictError {
  return new ConflictError(
    'another_store',
    'The store belongs to another Redis than REDIS_URL names, and this Redis to another store: correct LOOKBACK_STORE, LOOKBACK_DATA or REDIS_URL.',
  );
}

function newStore(id: string): ConflictError {
  const remedy = JSON.stringify({ version: currentVersion, id });
  return new ConflictError(
    'another_store',
    `This Redis belongs to another store, and the store is a new one: correct LOOKBACK_STORE, LOOKBACK_DATA or REDIS_URL. If the other store is lost for good, write ${remedy} as ${identityKey} into this one.`,
  );
}
