/**
 * A backup is a store of its own, with the records of Redis beside the checkpoints and datasets. It may be taken while
 * jobs run: the records are read first, so that every checkpoint that a record goes on from is in the copy, or a later
 * one, or the same job's next ones; a job goes on from the last that is there, to the same bits.
 */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Redis } from 'ioredis';
import { claimIdentity, ensureNotAnothers, type Identity } from '../checkpoints/identity.ts';
import { ConflictError, NotFoundError } from '../platform/errors.ts';
import type { KeyNames } from '../platform/redis/connections.ts';
import { currentVersion, ensureReadable } from '../platform/versions.ts';
import { areas } from '../storage/areas.ts';
import type { BlobStore, Draft } from '../storage/blob-store.ts';
import { keyOf } from '../storage/key.ts';
import { ensureNoJobs, type RedisLine, redisLines, writeLine } from './redis-copy.ts';
import { type Copied, copyStore, piecesOf } from './store-copy.ts';

const backupArea = 'backup';
const recordsKey = keyOf(backupArea, 'records');
const files = { lines: 'redis.ndjson', manifest: 'manifest.json' };

export interface BackupSummary extends Copied {
  /** Jobs and other keys of Redis. */
  records: number;
}

export interface Source {
  redis: Redis;
  prefix: string;
  keys: KeyNames;
  blobs: BlobStore;
}

/**
 * @param target an empty store.
 * @throws ConflictError where there is a backup already, or Redis and the store do not belong together.
 */
export async function backUp({ redis, prefix, keys, blobs }: Source, target: BlobStore): Promise<BackupSummary> {
  await ensureNotAnothers(blobs, identityIn(redis, keys));
  await target.prepare();
  if (await target.has(recordsKey)) {
    throw new ConflictError('not_empty', 'There is a backup already: name an empty folder.');
  }
  const draft = await target.openDraft(backupArea);
  try {
    const records = await writeRecords(draft, redisLines(redis, prefix, keys));
    const copied = await copyStore(blobs, target);
    const summary = { records, ...copied };
    await draft.put(files.manifest, JSON.stringify({ version: currentVersion, ...summary }));
    // Last: a backup that was broken off has no records, and is refused.
    await draft.publish(recordsKey);
    return summary;
  } finally {
    await draft.release();
  }
}

/**
 * Puts a backup into an empty Redis and an empty store, which belong together from then on.
 * @throws ConflictError where there are jobs already; NotFoundError where there is no backup; UnsupportedVersionError.
 */
export async function restore(backup: BlobStore, { redis, prefix, keys, blobs }: Source): Promise<BackupSummary> {
  const manifest = await backup.get(keyOf(recordsKey, files.manifest));
  if (!manifest) throw new NotFoundError('backup', backup.location, 'One that was broken off has no records.');
  const { version, ...summary } = JSON.parse(manifest.toString('utf8')) as BackupSummary & { version: number };
  ensureReadable('The backup', { version });
  await ensureNoJobs(redis, keys);
  await blobs.prepare();
  for (const area of Object.values(areas)) {
    if ((await blobs.list(area)).whole.length > 0) {
      throw new ConflictError('not_empty', `The store has ${area} already: restore into an empty one.`);
    }
  }
  await copyStore(backup, blobs);
  await claimIdentity(blobs, identityIn(redis, keys));
  await backup.withGroup(recordsKey, [files.lines], async (group) => {
    const lines = createInterface({ input: Readable.from(piecesOf(group, files.lines)) });
    for await (const line of lines) await writeLine(redis, prefix, keys, JSON.parse(line) as RedisLine);
  });
  return summary;
}

function identityIn(redis: Redis, { identity }: KeyNames): Identity {
  return {
    read: () => redis.get(identity),
    claim: async (id) => ((await redis.set(identity, id, 'NX')) ? id : (await redis.get(identity))!),
  };
}

async function writeRecords(draft: Draft, lines: AsyncIterable<RedisLine>): Promise<number> {
  const writer = await draft.create(files.lines);
  let records = 0;
  try {
    for await (const line of lines) {
      await writer.append(Buffer.from(`${JSON.stringify(line)}\n`));
      records++;
    }
    await writer.finish();
    return records;
  } finally {
    await writer.abandon();
  }
}
