/** A Redis that is killed and comes back: who waits, who goes on, and that nothing is missing afterwards. */
import { expect, test } from 'vitest';
import {
  eventually,
  finalHash,
  firstEvent,
  followToEnd,
  hasTrained,
  slowSpec,
  startCluster,
  undisturbedHash,
} from '../support/cluster.ts';

test('while Redis is away writes get 503, /predict answers and workers train on; afterwards nothing is missing', async () => {
  const cluster = await startCluster();
  const { client, redis, apis, workers } = cluster;
  const done = await client.submit({ preset: 'lookback', engine: 'simd', training: { steps: 50 } });
  await followToEnd(client, done.id);
  const spec = slowSpec();
  const job = await client.submit(spec);
  await firstEvent(client, job.id, hasTrained(40));
  const following = followToEnd(client, job.id);

  await redis.kill();
  await expect(client.submit(spec)).rejects.toMatchObject({ status: 503 });
  await expect(client.pause(job.id)).rejects.toMatchObject({ status: 503 });
  expect((await client.predict(done.id, [[0, 1]])).checkpoint.step).toBe(50);
  expect(workers[0].isAlive).toBe(true);
  await redis.start();

  const events = await following;
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
  const steps = events.flatMap((event) => (event.type === 'progress' ? event.data.step : []));
  expect(steps).toEqual([1, ...Array.from({ length: 30 }, (_, i) => 20 * (i + 1))]);
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, spec));
}, 90_000);

test('a run that ends while Redis is away is written down when it is back', async () => {
  const { client, redis, workers } = await startCluster();
  const spec = slowSpec({ training: { steps: 200 } });
  const job = await client.submit(spec);
  await firstEvent(client, job.id, hasTrained(40));
  const runEnded = workers[0].logged(({ event }) => event === 'run-ended');
  await redis.kill();
  const last = () => client.predict(job.id, [[0]]).then(({ checkpoint }) => checkpoint.step);
  await eventually(
    () => last().catch(() => 0),
    (step) => step === 200,
  );
  await redis.start();
  await runEnded;
  // The API may find Redis again a little later than the worker.
  const ended = await eventually(
    () => client.job(job.id).catch(() => null),
    (found) => found !== null,
  );
  expect(ended).toMatchObject({ status: 'succeeded', attempt: 1, step: 200 });
}, 90_000);
