/** What the log says of a Redis that is not there: one line, and one each time that it changes; no stack. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../src/platform/network/free-port.ts';
import { RedisServer } from '../../testing/redis-server.ts';
import { eventually } from '../support/cluster.ts';
import { dist, environmentIn, ownFolder, run, type Started, serverEntry } from '../support/service.ts';

const workerEntry = path.join(dist, 'workers/main.js');

test.each([
  ['API', serverEntry, 'Start it, or correct REDIS_URL: requests get 503 until it does.'],
  ['worker', workerEntry, 'Start it, or correct REDIS_URL: no job is trained until it does.'],
])(
  '%s',
  async (_, entry, remedy) => {
    const folder = await ownFolder();
    const redis = new RedisServer(await freePort(), path.join(folder, 'outside'));
    const env = environmentIn(folder, { REDIS_URL: redis.url, LOOKBACK_WORKERS: '0' });
    const service = run([process.execPath, entry], env);
    const absent = `Redis at 127.0.0.1:${redis.port} does not answer: connect ECONNREFUSED 127.0.0.1:${redis.port}. ${remedy}`;
    const present = `Redis at 127.0.0.1:${redis.port} answers again`;
    await service.printed(absent);
    await redis.start();
    await service.printed(present);
    await redis.kill();
    await eventually(
      async () => warningsOf(service),
      (found) => found.length >= 2,
    );
    // Connections are tried again every second: what is said twice would have come by then.
    const since = performance.now();
    while (performance.now() - since < 3_000) await new Promise((resolve) => setImmediate(resolve));
    expect(warningsOf(service)).toEqual([absent, absent]);
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(warningsOf(service)).toEqual([absent, absent]);
  },
  60_000,
);

/** Everything at the level `warn` and above. */
function warningsOf({ output }: Started): string[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{"level"'));
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level >= 40)
    .map(({ msg }) => msg);
}
