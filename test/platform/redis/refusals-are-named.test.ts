/**
 * A Redis that answers and refuses: what it says reaches callers, the check of its condition and the log, in words that
 * tell what to do; no password does.
 */
import { createServer } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../src/platform/network/free-port.ts';
import { troublesIn, troublesOf } from '../../../src/platform/redis/condition.ts';
import { asUnavailable, connect, type RedisAddress } from '../../../src/platform/redis/connections.ts';
import { refusalIn } from '../../../src/platform/redis/refusals.ts';
import { RedisServer, type RedisVariant } from '../../../testing/redis-server.ts';
import { dist, environmentIn, ownFolder, run, serverEntry } from '../../support/service.ts';

async function startRedis(settings: RedisVariant['settings'] = {}): Promise<RedisServer> {
  const redis = new RedisServer(await freePort(), path.join(await ownFolder(), 'outside'), 'everysec', { settings });
  onTestFinished(() => redis.kill());
  await redis.start();
  return redis;
}

async function open(address: RedisAddress): Promise<Redis> {
  const redis = connect(address, 'request');
  onTestFinished(() => redis.disconnect());
  await redis.connect().catch(() => {});
  return redis;
}

const askedFor = 'k9-password';

describe('who is not let in', () => {
  test.each([
    ['NOAUTH', { requirepass: askedFor }, {}, /asks for a password: .*REDIS_PASSWORD_FILE/],
    ['WRONGPASS', { requirepass: askedFor }, { password: 'another' }, /does not take this user and password/],
  ])('%s', async (code, settings, credentials, meaning) => {
    const { url } = await startRedis(settings);
    const redis = await open({ url, ...credentials });
    const refused = { code: 'unavailable', message: expect.stringMatching(meaning) };
    await expect(redis.get('lookback:x').catch(asUnavailable)).rejects.toMatchObject(refused);
    await expect(redis.get('lookback:x').catch(asUnavailable)).rejects.toThrow(`(${code})`);
    await expect(troublesOf(redis, 'lookback:probe')).rejects.toMatchObject(refused);
  });

  test('DENIED, which protected mode says to every connection, and then it hangs up', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('-DENIED Redis is running in protected mode because protected mode is enabled.\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const redis = await open({ url: `redis://127.0.0.1:${port}` });
    await expect(redis.get('lookback:x').catch(asUnavailable)).rejects.toThrow(/protected mode.*\(DENIED\)/);
  });
});

describe('what takes no changes', () => {
  test('a user without the right: the command is named', async () => {
    const { url, port } = await startRedis();
    const admin = await open({ url });
    await admin.call('ACL', 'SETUSER', 'reader', 'on', 'nopass', '~lookback:*', '-@all', '+info', '+get');
    const redis = await open({ url: `redis://reader:any@127.0.0.1:${port}` });
    await expect(redis.set('lookback:x', '1').catch(asUnavailable)).rejects.toThrow(/'set' command.*\(NOPERM\)/);
    expect(await troublesOf(redis, 'lookback:probe')).toMatchObject([{ code: 'redis_refuses', isFatal: true }]);
  });

  test('one whose memory is used up, from a script, too', async () => {
    const redis = await open(await startRedis());
    await redis.config('SET', 'maxmemory', '1');
    await expect(redis.set('lookback:x', '1').catch(asUnavailable)).rejects.toThrow(/give it more.*\(OOM\)/);
    const script = "return redis.call('SET', KEYS[1], '1')";
    await expect(redis.eval(script, 1, 'lookback:x').catch(asUnavailable)).rejects.toThrow(/\(OOM\)/);
    expect(await troublesOf(redis, 'lookback:probe')).toMatchObject([{ message: expect.stringContaining('(OOM)') }]);
  });

  test('a replica', async () => {
    const primary = await startRedis();
    const redis = await open(await startRedis({ replicaof: `127.0.0.1 ${primary.port}` }));
    await expect(redis.set('lookback:x', '1').catch(asUnavailable)).rejects.toThrow(/a replica.*\(READONLY\)/);
    expect(await troublesOf(redis, 'lookback:probe')).toMatchObject([
      { code: 'redis_unfit', message: expect.stringContaining('a replica'), isFatal: true },
    ]);
  });

  test('a node of a cluster', async () => {
    const redis = await open(await startRedis({ 'cluster-enabled': 'yes' }));
    await expect(redis.set('lookback:x', '1').catch(asUnavailable)).rejects.toThrow(/a cluster.*\(CLUSTERDOWN\)/);
    expect(await troublesOf(redis, 'lookback:probe')).toMatchObject([{ code: 'redis_unfit', isFatal: true }]);
  });
});

test('a Redis that works, but may lose jobs', async () => {
  const redis = await open(await startRedis({ 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' }));
  expect(await troublesOf(redis, 'lookback:probe')).toMatchObject([
    { code: 'redis_evicts', message: expect.stringContaining('allkeys-lru'), isFatal: false },
    { code: 'redis_forgets', isFatal: false },
  ]);
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.config('SET', 'appendonly', 'yes');
  expect(await troublesOf(redis, 'lookback:probe')).toEqual([]);
});

test('one that is older than 6.2, or still loading', () => {
  const fit = 'redis_version:6.2.0\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\nrole:master\r\n';
  expect(troublesIn(fit)).toEqual([]);
  expect(troublesIn(fit.replace('6.2.0', '6.0.16'))).toMatchObject([{ message: expect.stringContaining('6.0.16') }]);
  expect(troublesIn(`loading:1\r\n${fit}`)).toMatchObject([{ message: expect.stringContaining('(LOADING)') }]);
});

test('Redis 6 wraps what it refused to a script', () => {
  const wrapped =
    "ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -OOM command not allowed when used memory > 'maxmemory'.";
  expect(refusalIn(Object.assign(new Error(wrapped), { name: 'ReplyError' }))).toMatchObject({ code: 'OOM' });
  const bug = Object.assign(new Error('WRONGTYPE Operation against a key'), { name: 'ReplyError' });
  expect(refusalIn(bug)).toBeNull();
  expect(() => asUnavailable(bug)).toThrow(bug);
});

test.each([
  ['API', serverEntry],
  ['worker', path.join(dist, 'workers/main.js')],
])(
  'the log of the %s names the refusal once, and then what is amiss; the password it has not',
  async (_, entry) => {
    const redis = await startRedis({ requirepass: askedFor, 'maxmemory-policy': 'allkeys-lru' });
    const url = redis.url.replace('//', '//:wrong-secret@');
    const env = environmentIn(await ownFolder(), { REDIS_URL: url, LOOKBACK_WORKERS: '0', LOG_LEVEL: 'trace' });
    const service = run([process.execPath, entry], env);
    await service.printed('does not take this user and password');
    const admin = new Redis({ port: redis.port, password: askedFor });
    await admin.config('SET', 'requirepass', 'wrong-secret');
    await service.printed('answers again');
    await service.printed('maxmemory-policy is allkeys-lru');
    await admin.quit();
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(
      service.output.match(/does not take this user and password: correct REDIS_URL[^"]*Until that is mended/g),
    ).toHaveLength(1);
    expect(service.output).not.toContain('wrong-secret');
  },
  60_000,
);
