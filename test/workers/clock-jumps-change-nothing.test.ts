/** Processes whose wall clocks jump: durations and silences are taken from monotonic ones. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  finalHash,
  firstEvent,
  followToEnd,
  hasTrained,
  isStatus,
  slowSpec,
  startCluster,
} from '../support/cluster.ts';

const jumpingClock = fileURLToPath(new URL('../support/jumping-clock.mjs', import.meta.url));

test('clocks that jump by an hour to and fro change neither the run nor its result', async () => {
  const steady = await startCluster();
  const reference = await steady.client.submit(slowSpec());
  await followToEnd(steady.client, reference.id);

  const cluster = await startCluster({ environment: { NODE_OPTIONS: `--import=${jumpingClock}` } });
  const { client, apis } = cluster;
  const job = await client.submit(slowSpec({ limits: { maxSeconds: 600 } }));
  await firstEvent(client, job.id, hasTrained(100));
  await client.pause(job.id);
  await firstEvent(client, job.id, isStatus('paused'));
  await client.resume(job.id);
  const events = await followToEnd(client, job.id);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(await finalHash(apis[0].url, job)).toBe(await finalHash(steady.apis[0].url, reference));
}, 90_000);
