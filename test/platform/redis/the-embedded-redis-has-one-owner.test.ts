/** The embedded Redis of a data folder: one Lookback at a time has it, and a crash of either loses nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../src/platform/redis/embedded.ts';

const logger = pino({ level: 'silent' });

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-embedded-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function start(folder: string): Promise<EmbeddedRedis> {
  const server = await startEmbeddedRedis(folder, 'always', logger);
  onTestFinished(() => server.close());
  return server;
}

async function ask<T>({ url }: EmbeddedRedis, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

test('of two that start at once over a folder one gets it, and the other says who has it', async () => {
  const folder = await newFolder();
  const starts = await Promise.allSettled([start(folder), start(folder)]);
  const refused = starts.filter((one) => one.status === 'rejected');
  expect(refused.map(({ reason }) => reason)).toEqual([expect.objectContaining({ code: 'data_in_use' })]);
  await expect(start(folder)).rejects.toMatchObject({ code: 'data_in_use' });
});

test('a server that is killed is started again, with all that was written', async () => {
  const server = await start(await newFolder());
  const pid = await ask(server, async (redis) => {
    await redis.set('key', 'value');
    return Number(/process_id:(\d+)/.exec(await redis.info('server'))![1]);
  });
  process.kill(pid, 'SIGKILL');
  expect(await ask(server, (redis) => redis.get('key'))).toBe('value');
  expect(await ask(server, (redis) => redis.info('server'))).not.toContain(`process_id:${pid}\r`);
});

test('what was left by a process that was killed is taken over with all its data', async () => {
  const folder = await newFolder();
  const left = await start(folder);
  await ask(left, (redis) => redis.set('key', 'value'));
  const leaseFile = path.join(folder, 'lease.json');
  const lease = JSON.parse(await readFile(leaseFile, 'utf8'));
  const { pid: goneProcess } = spawnSync('true');
  await writeFile(leaseFile, JSON.stringify({ ...lease, owner: goneProcess }));
  const next = await start(folder);
  expect(await ask(next, (redis) => redis.get('key'))).toBe('value');
});
