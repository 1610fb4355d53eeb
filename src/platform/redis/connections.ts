/**
 * Connections to Redis, and the name of every key that Lookback owns there. BullMQ's keys lie under `<prefix>:bull`.
 */
import { type Command, Redis, type RedisOptions } from 'ioredis';
import { UnavailableError } from '../errors.ts';
import { describeRefusal, isReply, refusalIn } from './refusals.ts';

/** Which Redis, and what it takes to be let in there. */
export interface RedisAddress {
  /** As in redis://user:password@host:6379; rediss:// with TLS. */
  url: string;
  /** In place of one in the URL. */
  password?: string;
  /** Certificates of the authorities, in PEM, that the server's is held to with TLS, in place of those of Node. */
  ca?: string;
}

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

export function connect({ url, password, ca }: RedisAddress, kind: ConnectionKind): Redis {
  const options: ConnectionOptions =
    kind === 'request'
      ? {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: answerTimeoutMs,
          socketTimeout: answerTimeoutMs,
        }
      : { maxRetriesPerRequest: null };
  const redis = new ExplainedRedis(url, {
    ...options,
    ...(ca === undefined ? {} : { tls: { ca } }),
    lazyConnect: true,
    // What it would tell of this client takes a right that Redis 7.0 does not know.
    disableClientInfo: true,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, maxReconnectMs),
  });
  // Before the first connection; among the options above, the empty one of a URL that has none would win.
  if (password !== undefined) redis.options.password = password;
  return redis;
}

/** Replies keep the form of RESP2. */
type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

/**
 * Gives the error of a command that could not be sent its cause: why the last attempt to connect failed, or that Redis
 * has taken the connection and is not ready.
 */
class ExplainedRedis extends Redis {
  #failure: Error | undefined;

  constructor(url: string, options: ConnectionOptions) {
    super(url, options);
    // With a listener, ioredis does not print every failed reconnection.
    this.on('error', (error: Error) => {
      this.#failure = error;
    });
    this.on('ready', () => {
      this.#failure = undefined;
    });
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const failure = this.status === 'connect' ? new NotReadyError() : this.#failure;
    if (failure) this.#explain(command, failure);
    return super.sendCommand(command, stream);
  }

  #explain(command: Command, failure: Error): void {
    const { reject } = command;
    command.reject = (error) => {
      if (!isReply(error)) error.cause ??= failure;
      reject(error);
    };
  }
}

class NotReadyError extends Error {
  override name = 'NotReadyError';
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
    /** A sorted set, by time, of changes that are begun and not known to be done. */
    unsettled: `${prefix}:unsettled`,
    /** The process that does this upkeep for all. */
    duty: (name: string) => `${prefix}:duty:${name}`,
    /** Counts submissions. */
    sequence: `${prefix}:sequence`,
    /** Written again and again, to see whether Redis takes changes. */
    probe: `${prefix}:probe`,
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
    /** Sorted set of pins of which it is not certain that an alias has them, by since when. */
    aliasPins: `${prefix}:alias-pins`,
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

/**
 * Redis does not answer, or refuses for a reason that its operator mends. An answer that says we asked wrongly is a bug
 * of ours and stays one.
 */
export function asUnavailable(cause: unknown): never {
  // A command that was not sent carries why there is no connection.
  const refusal = refusalIn(cause) ?? (isReply(cause) ? null : refusalIn((cause as Error).cause));
  if (refusal) throw new UnavailableError(describeRefusal(refusal), cause);
  if (isReply(cause)) throw cause;
  if ((cause as Error).cause instanceof NotReadyError) {
    const what = 'Redis has taken the connection, but takes no commands yet, as while it loads its data';
    throw new UnavailableError(`${what}; try again in a moment.`, cause);
  }
  throw new UnavailableError('Redis does not answer; try again in a moment.', cause);
}

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

/** What ioredis says of a command that it would have to keep until there is a connection. */
function wasSent(cause: unknown): boolean {
  return !(cause instanceof Error && cause.message.includes('enableOfflineQueue'));
}
