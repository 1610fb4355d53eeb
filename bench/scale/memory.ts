/**
 * What jobs take of Redis's memory: all that grew with them, and of it the records and the logs of events.
 */
import type { Redis } from 'ioredis';
import type { KeyNames } from '../../src/platform/redis/connections.ts';

/** Jobs whose keys are measured one by one. */
const measured = 1_000;

export interface RedisMemory {
  bytesPerJob: number;
  bytesPerRecord: number;
  bytesPerEvent: number;
  eventsPerJob: number;
  usedBytes: number;
}

/** @param empty what the same Redis took without a job. */
export async function redisMemoryOf(redis: Redis, keys: KeyNames, empty?: RedisMemory): Promise<RedisMemory> {
  const usedBytes = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]) - (empty?.usedBytes ?? 0);
  const jobs = await redis.zcard(keys.jobs);
  const ids = await redis.zrange(keys.jobs, '0', String(measured - 1));
  const bytesOf = async (key: string) => ((await redis.memory('USAGE', key, 'SAMPLES', 0)) as number | null) ?? 0;
  const sumOf = async (numbers: Promise<number>[]) => (await Promise.all(numbers)).reduce((sum, n) => sum + n, 0);
  const records = await sumOf(ids.map((id) => bytesOf(keys.job(id))));
  const logs = await sumOf(ids.map((id) => bytesOf(keys.events(id))));
  const events = await sumOf(ids.map((id) => redis.llen(keys.events(id))));
  return {
    bytesPerJob: Math.round(usedBytes / Math.max(1, jobs)),
    bytesPerRecord: Math.round(records / Math.max(1, ids.length)),
    bytesPerEvent: Math.round(logs / Math.max(1, events)),
    eventsPerJob: Number((events / Math.max(1, ids.length)).toFixed(1)),
    usedBytes,
  };
}
