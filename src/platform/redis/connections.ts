/**
 * Connections to Redis, and the name of every key that Lookback owns there. BullMQ's keys lie under `<prefix>:bull`.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { UnavailableError } from '../errors.ts';

/**
 * - request: answers to a caller; fails at once while Redis is away.
 * - background: workers and BullMQ; waits for Redis to come back.
 */
type ConnectionKind = 'request' | 'background';

/**
 * How long a request waits for Redis. A connection on which nothing came for so long is cut; until Redis answers on a
 * new one, requests fail at once. Longer than Redis takes for anything that it is asked here, a sync to a slow disk
 * included.
 */
export const answerTimeoutMs = 2_000;

/**
 * Pause between two attempts to reconnect: well below the silence after which a run counts as lost, so that runs
 * outlast a Redis that was away.
 */
const maxReconnectMs = 1_000;

export function connect(url: string, kind: ConnectionKind): Redis {
  const options: RedisOptions =
    kind === 'request'
      ? {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: answerTimeoutMs,
          socketTimeout: answerTimeoutMs,
        }
      : { maxRetriesPerRequest: null };
  const redis = new Redis(url, {
    ...options,
    lazyConnect: true,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, maxReconnectMs),
  });
  // Without a listener ioredis prints every failed reconnection; who uses the connection sees the error in its answer.
  redis.on('error', () => {});
  return redis;
}

export function keyNames(prefix: string) {
  return {
    bull: `${prefix}:bull`,
    job: (id: string) => `${prefix}:job:${id}`,
    events: (id: string) => `${prefix}:events:${id}`,
    /** Sorted sets of job ids by order of submission: all, and those of each status. */
    jobs: `${prefix}:jobs`,
    jobsOfStatus: (status: string) => `${prefix}:jobs:${status}`,
    /**
     * Sorted sets of what the upkeep looks at: queued jobs without an entry in the queue by time, jobs that are over by
     * time, jobs that wait for room.
     */
    undispatched: `${prefix}:undispatched`,
    finished: `${prefix}:finished`,
    waitingForRoom: `${prefix}:waiting-for-room`,
    /** The process that does this upkeep for all. */
    duty: (name: string) => `${prefix}:duty:${name}`,
    /** Counts submissions. */
    sequence: `${prefix}:sequence`,
    /** Says which checkpoint folder belongs to this Redis. */
    identity: `${prefix}:identity`,
    idempotency: (key: string) => `${prefix}:idempotency:${key}`,
    /** Hash of the workers that are there. */
    workers: `${prefix}:workers`,
    /** What an alias names, and what it named before; all names; the names of the aliases that name a job. */
    alias: (name: string) => `${prefix}:alias:${name}`,
    aliasHistory: (name: string) => `${prefix}:alias-history:${name}`,
    aliases: `${prefix}:aliases`,
    aliasesOf: (job: string) => `${prefix}:aliases-of:${job}`,
    /** Channel that names aliases that have changed. */
    aliasesChannel: `${prefix}:aliases-channel`,
    /** A session; when each ends, unless a step comes; the session that a request opened. */
    session: (id: string) => `${prefix}:session:${id}`,
    sessions: `${prefix}:sessions`,
    sessionIdempotency: (key: string) => `${prefix}:session-idempotency:${key}`,
    /** Channel of a job's events. */
    eventsChannel: (id: string) => `${prefix}:events-channel:${id}`,
    /** Channel that names jobs whose worker should look at the record again. */
    controlChannel: `${prefix}:control`,
  };
}

export type KeyNames = ReturnType<typeof keyNames>;

export const defaultPrefix = 'lookback';

/** Redis does not answer, or cannot take writes for the moment. An answer that says we asked wrongly is a bug of ours and stays one. */
export function asUnavailable(cause: unknown): never {
  if (!isReply(cause)) throw new UnavailableError('Redis does not answer; try again in a moment.', cause);
  const code = cause.message.split(' ')[0];
  const refusal = refusals[code];
  if (!refusal) throw cause;
  throw new UnavailableError(`Redis answers, but ${refusal} (${code}).`, cause);
}

/** What Redis says when it takes no command, or no change, for a reason that passes or that its operator mends. */
const refusals: Readonly<Record<string, string>> = {
  LOADING: 'is still loading its data; try again in a moment',
  OOM: 'its memory is used up: give it more (maxmemory), or remove jobs',
  MISCONF: 'cannot write to its disk and takes no changes: make room on the disk of its data',
  READONLY: 'is a replica that takes no changes: set REDIS_URL to the primary',
  BUSY: 'is busy with a script; try again in a moment',
  MASTERDOWN: 'has lost its primary; try again in a moment',
};

/** As `asUnavailable`, for a write: what was sent and not answered may take effect all the same. `hint` says how to find out. */
export function asUnconfirmed(hint: string): (cause: unknown) => never {
  return (cause) => {
    if (isReply(cause) || !wasSent(cause)) asUnavailable(cause);
    throw new UnavailableError(`Redis did not answer in time. ${hint}`, cause);
  };
}

/** Whether something failed because Redis was away, whichever code asked: BullMQ passes errors of the connection on as they are. */
export function isAway(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (!(error instanceof Error) || isReply(error)) return false;
  const { code = '' } = error as NodeJS.ErrnoException;
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET)/.test(code) ||
    /connection is closed|offlinequeue|timed? ?out|max retries/i.test(error.message)
  );
}

function isReply(cause: unknown): cause is Error & { name: 'ReplyError' } {
  return cause instanceof Error && cause.name === 'ReplyError';
}

/** What ioredis says of a command that it would have to keep until there is a connection. */
function wasSent(cause: unknown): boolean {
  return !(cause instanceof Error && cause.message.includes('enableOfflineQueue'));
}
