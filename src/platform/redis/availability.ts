/**
 * Says in the log that Redis does not answer: once, again when the reason changes, and once when it answers again.
 */
import type { Redis } from 'ioredis';
import { logEvent } from '../log-events.ts';
import type { Logger } from '../logger.ts';
import { answerTimeoutMs } from './connections.ts';

/** @param remedy what a person can do about it. */
export function logAvailability(redis: Redis, remedy: string, logger: Logger): void {
  let reported: string | undefined;
  let wasReady = false;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    // A connection was lost; whether Redis is away shows in the next one, which is opened at once.
    const isLoss = wasReady && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    wasReady = false;
    const reason = reasonOf(error);
    if (isLoss || reason === reported) return;
    reported = reason;
    logger.warn(logEvent('redis-lost'), `Redis at ${addressOf(redis)} does not answer: ${reason}. ${remedy}`);
  });
  redis.on('ready', () => {
    if (reported !== undefined) logger.info(logEvent('redis-back'), `Redis at ${addressOf(redis)} answers again`);
    reported = undefined;
    wasReady = true;
  });
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
