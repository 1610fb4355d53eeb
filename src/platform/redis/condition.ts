/**
 * Whether a Redis that answers is fit for Lookback: its version, its mode, what it may delete, and whether it takes
 * changes at this moment.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { asUnavailable } from './connections.ts';
import { describeRefusal, refusalIn, refusals } from './refusals.ts';

export const redisTroubleCodes = ['redis_refuses', 'redis_unfit', 'redis_evicts', 'redis_forgets'] as const;

export interface RedisTrouble {
  code: (typeof redisTroubleCodes)[number];
  message: string;
  /** Nothing can be done with it; otherwise it works, and may lose jobs. */
  isFatal: boolean;
}

const oldest = [6, 2] as const;
/** The probe's key outlives no process for long. */
const probeMs = 60_000;
const lookMs = 5_000;

/**
 * What is amiss, the worst first.
 * @param probe key that it writes to.
 * @throws UnavailableError while Redis does not answer.
 */
export async function troublesOf(redis: Redis, probe: string): Promise<RedisTrouble[]> {
  const info = await redis.info().catch(refusalOf);
  if (typeof info !== 'string') return [info];
  const told = troublesIn(info);
  // A replica, and a node of a cluster, refuse what they are asked to change: what they are says more.
  if (told.some(({ isFatal }) => isFatal)) return told;
  const refused = await redis.set(probe, '1', 'PX', probeMs).then(() => null, refusalOf);
  return refused ? [refused, ...told] : told;
}

/** What the answer to INFO tells. Valkey says there which Redis it is compatible with. */
export function troublesIn(info: string): RedisTrouble[] {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const [version, policy] = [field('redis_version') ?? '', field('maxmemory_policy')];
  const troubles: RedisTrouble[] = [];
  const unfit = (message: string) => troubles.push({ code: 'redis_unfit', message, isFatal: true });
  // INFO is all that it answers meanwhile.
  if (field('loading') === '1') {
    troubles.push({ code: 'redis_refuses', message: describeRefusal(refusals.LOADING), isFatal: true });
  }
  if (isOlder(version)) unfit(`This is Redis ${version}; Lookback needs ${oldest.join('.')} or newer.`);
  if (field('cluster_enabled') === '1') {
    unfit('This Redis is in cluster mode: set REDIS_URL to one without it.');
  }
  if (field('role') === 'slave') {
    unfit('This Redis is a replica, which takes no changes: set REDIS_URL to the primary.');
  }
  if (policy !== undefined && policy !== 'noeviction') {
    const message = `Redis may delete jobs when its memory runs out (maxmemory-policy is ${policy}): set it to noeviction.`;
    troubles.push({ code: 'redis_evicts', message, isFatal: false });
  }
  if (field('aof_enabled') === '0') {
    const message = 'Redis loses its latest jobs when it ends (appendonly is no): set appendonly to yes.';
    troubles.push({ code: 'redis_forgets', message, isFatal: false });
  }
  return troubles;
}

function isOlder(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

function refusalOf(error: unknown): RedisTrouble {
  const refusal = refusalIn(error);
  // Who is not let in is told by the connection.
  if (!refusal) return asUnavailable(error);
  return { code: 'redis_refuses', message: describeRefusal(refusal), isFatal: true };
}

export interface ConditionWatch {
  /**
   * Why Redis takes no changes at this moment. null: it takes them, does not answer, or has refused them for less than
   * 5 s.
   */
  refusal(): Promise<string | null>;
  close(): void;
}

/** Says each trouble in the log, once, and that it is over. */
export function watchCondition(redis: Redis, probe: string, logger: Logger): ConditionWatch {
  let said = new Set<string>();
  let refuses = false;
  const look = async () => {
    // What does not answer is said by `logAvailability`; a command would wait for it.
    if (redis.status !== 'ready') return;
    const found = await troublesOf(redis, probe).catch(() => null);
    if (found === null) return;
    refuses = fatalIn(found) !== null;
    const messages = new Set(found.map(({ message }) => message));
    for (const message of messages) if (!said.has(message)) logger.warn(message);
    for (const message of said) if (!messages.has(message)) logger.info({ trouble: message }, 'Redis: this is over');
    said = messages;
  };
  const timer = setInterval(() => void look(), lookMs);
  redis.on('ready', () => void look());
  void look();
  return {
    // The probe is a write: only where the last one was refused, so that what is said holds now, is it worth another.
    refusal: async () => (refuses ? fatalIn(await troublesOf(redis, probe).catch(() => [])) : null),
    close: () => clearInterval(timer),
  };
}

function fatalIn(troubles: readonly RedisTrouble[]): string | null {
  return troubles.find(({ isFatal }) => isFatal)?.message ?? null;
}
