/**
 * Says in the log that Redis does not answer, or lets nobody in: once, again when the reason changes, and once when it
 * answers again.
 */
import type { Redis } from 'ioredis';
import { logEvent } from '../log-events.ts';
import type { Logger } from '../logger.ts';
import { answerTimeoutMs } from './connections.ts';
import { describeRefusal, refusalIn } from './refusals.ts';

interface Advice {
  /** What a person can do about a Redis that is not there; null: nothing. */
  remedy: string | null;
  /** What it means until then, as in "requests get 503". */
  consequence: string;
}

export function logAvailability(redis: Redis, advice: Advice, logger: Logger): void {
  let reported: string | undefined;
  let wasReady = false;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    // A connection was lost; whether Redis is away shows in the next one, which is opened at once.
    const isLoss = wasReady && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    wasReady = false;
    const sentence = sentenceFor(error, addressOf(redis), advice);
    if (isLoss || sentence === reported) return;
    reported = sentence;
    logger.warn(logEvent('redis-lost'), sentence);
  });
  redis.on('ready', () => {
    if (reported !== undefined) logger.info(logEvent('redis-back'), `Redis at ${addressOf(redis)} answers again`);
    reported = undefined;
    wasReady = true;
  });
}

function sentenceFor(error: NodeJS.ErrnoException, address: string, { remedy, consequence }: Advice): string {
  const refusal = refusalIn(error);
  if (refusal) {
    return `${describeRefusal(refusal).replace('Redis', `Redis at ${address}`)} Until that is mended, ${consequence}.`;
  }
  const end = `${remedy === null ? capitalised(consequence) : `${remedy}: ${consequence}`} until it does.`;
  return `Redis at ${address} does not answer: ${reasonOf(error)}. ${end}`;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ETIMEDOUT' || /time(d )?out/i.test(message)) return `nothing came within ${answerTimeoutMs / 1000} s`;
  // An address with several numbers has an error for each, and no message of its own.
  return message || code || 'the connection failed';
}

/** Without the password. */
function addressOf({ options }: Redis): string {
  return options.path ?? `${options.host}:${options.port}`;
}

function capitalised(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
