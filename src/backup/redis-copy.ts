/**
 * All that Lookback keeps in Redis, line by line, in a form that does not depend on the version of Redis. The record and
 * the events of a job are of one moment. Indexes follow from the records, and are made anew; entries of the queue, leases
 * and the presence of workers are of their time, and are left out.
 */
import type { Redis } from 'ioredis';
import type { Job } from '../jobs/record.ts';
import { terminalStatuses } from '../jobs/status.ts';
import { readRecord } from '../jobs/stored-text.ts';
import { ConflictError } from '../platform/errors.ts';
import type { KeyNames } from '../platform/redis/connections.ts';

/** A job, or another key with its value; `ttlMs`: what it has left. Names are without the prefix. */
export type RedisLine =
  | { kind: 'job'; id: string; fields: Record<string, string>; events: string[] }
  | { kind: 'string' | 'hash' | 'list' | 'set' | 'zset'; name: string; value: unknown; ttlMs: number | null };

const scanCount = 1_000;
/** Events that are written at once. */
const atOnce = 1_000;

/** @yields each job and each other key that is kept. */
export async function* redisLines(redis: Redis, prefix: string, keys: KeyNames): AsyncGenerator<RedisLine> {
  const jobs = keys.job('');
  const left = leftOut(keys);
  const seen = new Set<string>();
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', scanCount);
    cursor = next;
    for (const key of found) {
      if (seen.has(key) || left.some((start) => key.startsWith(start))) continue;
      seen.add(key);
      const line = key.startsWith(jobs)
        ? await jobLine(redis, keys, key.slice(jobs.length))
        : await otherLine(redis, key, prefix);
      if (line) yield line;
    }
  }
}

/** What the names of keys begin with that are not copied: events come with their jobs. */
function leftOut(keys: KeyNames): string[] {
  const ofTheirTime = [keys.bull, keys.duty(''), keys.workers, keys.probe, keys.identity];
  return [
    ...ofTheirTime,
    keys.jobs,
    keys.events(''),
    keys.undispatched,
    keys.finished,
    keys.waitingForRoom,
    keys.unsettled,
  ];
}

/** null: it was removed meanwhile. */
async function jobLine(redis: Redis, keys: KeyNames, id: string): Promise<RedisLine | null> {
  const answers = await redis.multi().hgetall(keys.job(id)).lrange(keys.events(id), 0, -1).exec();
  const [fields, events] = answers!.map(([error, value]) => {
    if (error) throw error;
    return value;
  }) as [Record<string, string>, string[]];
  const { token: _, ...kept } = fields;
  return kept.record === undefined ? null : { kind: 'job', id, fields: kept, events };
}

async function otherLine(redis: Redis, key: string, prefix: string): Promise<RedisLine | null> {
  const kind = await redis.type(key);
  const read = {
    string: () => redis.get(key),
    hash: () => redis.hgetall(key),
    list: () => redis.lrange(key, 0, -1),
    set: () => redis.smembers(key),
    zset: () => redis.zrange(key, '0', '-1', 'WITHSCORES'),
  };
  if (!Object.hasOwn(read, kind)) return null;
  const value = await read[kind as keyof typeof read]();
  const ttlMs = await redis.pttl(key);
  if (value === null || ttlMs === -2) return null;
  return { kind: kind as keyof typeof read, name: key.slice(prefix.length), value, ttlMs: ttlMs === -1 ? null : ttlMs };
}

/** @throws ConflictError where there are jobs already. */
export async function ensureNoJobs(redis: Redis, keys: KeyNames): Promise<void> {
  const jobs = await redis.zcard(keys.jobs);
  if (jobs > 0) throw new ConflictError('not_empty', `This Redis has ${jobs} jobs already: restore into an empty one.`);
}

/** Writes a line. Jobs that were queued or run are taken up again by the reconciler of any process. */
export async function writeLine(redis: Redis, prefix: string, keys: KeyNames, line: RedisLine): Promise<void> {
  const commands = redis.multi();
  if (line.kind === 'job') {
    const { id, fields, events } = line;
    commands.hset(keys.job(id), fields);
    for (let i = 0; i < events.length; i += atOnce) commands.rpush(keys.events(id), ...events.slice(i, i + atOnce));
    for (const [key, score] of indexesOf(keys, Number(fields.sequence), readRecord(fields.record))) {
      commands.zadd(key, score, id);
    }
  } else {
    const key = prefix + line.name;
    const value = line.value as never;
    if (line.kind === 'string') commands.set(key, value);
    if (line.kind === 'hash') commands.hset(key, value);
    if (line.kind === 'list') commands.rpush(key, ...(value as string[]));
    if (line.kind === 'set') commands.sadd(key, ...(value as string[]));
    if (line.kind === 'zset') commands.zadd(key, ...pairsOf(value));
    if (line.ttlMs !== null) commands.pexpire(key, line.ttlMs);
  }
  for (const [error] of (await commands.exec()) ?? []) if (error) throw error;
}

/** The sorted sets that a job stands in, as `commands/commit.lua` keeps them, and its place there. */
function indexesOf(keys: KeyNames, sequence: number, job: Job): [string, number][] {
  const found: [string, number][] = [
    [keys.jobs, sequence],
    [keys.jobsOfStatus(job.status), sequence],
  ];
  if (job.status === 'queued') found.push([keys.undispatched, 0]);
  if (terminalStatuses.has(job.status)) found.push([keys.finished, Date.parse(job.finishedAt ?? job.createdAt)]);
  if (job.waitsForRoom) found.push([keys.waitingForRoom, sequence]);
  return found;
}

/** Scores before members, as ZADD takes them. */
function pairsOf(flat: readonly string[]): string[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i + 1], flat[2 * i]]).flat();
}
