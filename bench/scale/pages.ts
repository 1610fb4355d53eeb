/**
 * Pages of 100 jobs over HTTP: the first, one in the middle, and the first of those that are queued.
 */
import type { Redis } from 'ioredis';
import type { KeyNames } from '../../src/platform/redis/connections.ts';
import { quantilesOf } from './quantiles.ts';

const calls = 300;

export async function pageTimes(api: string, redis: Redis, keys: KeyNames) {
  const page = (query: string) =>
    quantilesOf(calls, async () => {
      const response = await fetch(`${api}/v1/jobs?limit=100${query}`);
      const { data } = (await response.json()) as { data: unknown[] };
      if (data.length === 0) throw new Error(`The page ${query} lists nothing.`);
    });
  const place = String(Math.floor((await redis.zcard(keys.jobs)) / 2));
  const [, cursor] = await redis.zrange(keys.jobs, place, place, 'WITHSCORES');
  return {
    firstPageMs: await page(''),
    middlePageMs: await page(`&cursor=${cursor}`),
    queuedPageMs: await page('&status=queued'),
  };
}
