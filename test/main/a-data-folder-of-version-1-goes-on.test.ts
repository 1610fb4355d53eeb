/**
 * A data folder as it was left before the first release, with its append-only file: every later version goes on with
 * it. What is over is shown and served, what was paused or queued is trained to its end, to the same bits.
 */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { finalHash, followToEnd } from '../support/cluster.ts';
import { environmentIn, isServing, ownFolder, run, serverEntry } from '../support/service.ts';

const fixture = new URL('../fixtures/data-folder-version-1/', import.meta.url).pathname;
const [over, paused, queued] = [
  'job_01m8hrjzt3jfsc4g8r42w45d6q',
  'job_01m8hrk0qcramccmm5b99a9xw4',
  'job_01m8hrk3a8zvbpg783dy03v6a2',
];

test('a data folder of version 1, with its append-only file, goes on', async () => {
  const folder = await ownFolder();
  for (const part of ['checkpoints', 'datasets', 'pins', 'redis']) {
    await cp(path.join(fixture, part), path.join(folder, 'data', part), { recursive: true });
  }
  const service = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(service);
  const [, url] = /listens on (\S+)\. Try/.exec(service.output)!;
  const client = new LookbackClient(url);

  expect(await client.job(over)).toMatchObject({ name: 'over', status: 'succeeded', step: 100, attempt: 1 });
  const events = await followToEnd(client, over);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set(['status', 'doctor', 'progress', 'checkpoint', 'report']),
  );
  expect(await client.report(over)).toMatchObject({ verdict: expect.any(String) });
  expect(await client.alias('live')).toMatchObject({ job: over, checkpoint: { step: 100 } });
  expect((await client.predict(over, [[0, 1, 1]], 'latest')).predictions[0].probabilities).toHaveLength(3);
  expect((await client.datasets()).data).toMatchObject([{ name: 'bits', sequences: 2 }]);

  await followToEnd(client, queued);
  expect(await client.job(queued)).toMatchObject({ status: 'succeeded', attempt: 1 });
  const { spec } = await client.job(paused);
  const undisturbed = await client.submit(spec!);
  expect(await client.resume(paused)).toMatchObject({ checkpointStep: 21_558 });
  await followToEnd(client, paused);
  await followToEnd(client, undisturbed.id);
  expect(await client.job(paused)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(await finalHash(url, { id: paused, steps: 60_000 } as never)).toBe(await finalHash(url, undisturbed));
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});
