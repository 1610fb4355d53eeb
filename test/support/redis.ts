/**
 * A redis-server of a test file's own, on a free port, with an append-only file so that it can be restarted. Every
 * write is synced: what was there is there again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { freePort } from '../../src/platform/network/free-port.ts';
import { RedisServer } from '../../testing/redis-server.ts';

/** A Redis for the tests of the calling file. */
export function useRedis(): { readonly current: RedisServer } {
  const holder: { current: RedisServer } = { current: new RedisServer(0, '') };
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lookback-redis-'));
    holder.current = new RedisServer(await freePort(), folder);
    await holder.current.start();
  });
  afterAll(async () => {
    await holder.current.kill();
    await rm(folder, { recursive: true, force: true });
  });
  return holder;
}
