/**
 * The clock that all processes share.
 */
import type { Redis } from 'ioredis';
import { asUnavailable } from './connections.ts';

/** Of Redis, in ms since 1970. */
export async function redisTime(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time().catch(asUnavailable);
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}
