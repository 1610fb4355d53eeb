/** What ends again and again is started again later and later, and says why it ended. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Backoff } from '../../src/platform/backoff.ts';
import { eventually } from '../support/cluster.ts';
import {
  environmentIn,
  isServing,
  killIfThere,
  ownFolder,
  processOf,
  run,
  type Started,
  serverEntry,
} from '../support/service.ts';

const options = { firstMs: 1_000, longestMs: 60_000, settledMs: 60_000 };

test('pauses double up to the longest, each between half and all of its length, and begin anew after what lasted', () => {
  for (let run = 0; run < 50; run++) {
    const backoff = new Backoff(options);
    for (const full of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      const pause = backoff.next(0);
      expect(pause).toBeGreaterThanOrEqual(full / 2);
      expect(pause).toBeLessThanOrEqual(full);
    }
    expect(backoff.next(options.settledMs)).toBeLessThanOrEqual(options.firstMs);
  }
});

test('two that fail together do not come back together', () => {
  const pauses = Array.from({ length: 20 }, () => new Backoff(options).next(0));
  expect(new Set(pauses).size).toBeGreaterThan(1);
});

test('a worker that is killed twice waits longer the second time', async () => {
  const folder = await ownFolder();
  const service = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(service);
  for (const count of [1, 2]) {
    killIfThere(await processOf(folder, 'workers/main.js'));
    await pauses(service, count);
  }
  expect(service.output).toContain('a worker ended (SIGKILL); starting another in');
  const [first, second] = await pauses(service, 2);
  expect(first).toBeLessThanOrEqual(1_000);
  expect(second).toBeGreaterThanOrEqual(1_000);
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});

test('a redis-server that cannot start any more is tried again later and later, with its last words', async () => {
  const folder = await ownFolder();
  const own = path.join(folder, 'bin/redis-server');
  await mkdir(path.dirname(own));
  await writeFile(own, '#!/bin/sh\nexec redis-server "$@"\n', { mode: 0o755 });
  const broken = path.join(folder, 'broken');
  await writeFile(broken, '#!/bin/sh\necho "the disk is gone" >&2\nexit 1\n', { mode: 0o755 });
  const service = run([process.execPath, serverEntry], environmentIn(folder, { LOOKBACK_REDIS_SERVER: own }));
  await isServing(service);
  const redis = await processOf(folder, 'redis-server 127');
  await copyFile(broken, own);
  killIfThere(redis);
  const [first, second, third] = await pauses(service, 3);
  expect(first).toBeLessThanOrEqual(500);
  expect(second).toBeGreaterThanOrEqual(500);
  expect(third).toBeGreaterThanOrEqual(1_000);
  expect(service.output).toContain('the embedded Redis ended (the disk is gone); starting it again in');
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
}, 60_000);

/** The first so many pauses before a restart, when they are in the log. */
function pauses(service: Started, count: number): Promise<number[]> {
  return eventually(
    async () => [...service.output.matchAll(/"waitMs":(\d+)/g)].map(([, pause]) => Number(pause)),
    (found) => found.length >= count,
  );
}
