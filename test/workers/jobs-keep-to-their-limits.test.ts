/** What a job sets itself: seconds, memory, and which of its checkpoints stay. */
import { expect, test } from 'vitest';
import { checkpointsOf, firstEvent, followToEnd, isStatus, slowSpec, startCluster } from '../support/cluster.ts';

test('a job that has used up its seconds, over pauses and restarts, fails with what it has learned kept', async () => {
  const { client, apis } = await startCluster();
  const spec = slowSpec({ limits: { maxSeconds: 6 }, training: { steps: 100_000, checkpointEvery: 100_000 } });
  const job = await client.submit(spec);
  await firstEvent(client, job.id, isStatus('running'));
  await client.pause(job.id);
  await firstEvent(client, job.id, isStatus('paused'));
  const used = (await client.job(job.id)) as unknown as { trainedSeconds: number };
  expect(used.trainedSeconds).toBeGreaterThan(0);
  await client.resume(job.id);

  await followToEnd(client, job.id);
  const failed = await client.job(job.id);
  expect(failed).toMatchObject({ status: 'failed', error: { category: 'user', code: 'time_limit' } });
  const kept = await checkpointsOf(apis[0].url, job.id);
  expect(kept.at(-1)?.step).toBe(failed.step);
}, 60_000);

test('a job whose process holds more memory than it allowed itself fails after a checkpoint', async () => {
  const { client, apis } = await startCluster();
  const job = await client.submit(slowSpec({ limits: { maxMemoryMiB: 1 } }));
  await followToEnd(client, job.id);
  expect(await client.job(job.id)).toMatchObject({
    status: 'failed',
    error: { category: 'user', code: 'memory_limit' },
  });
  expect(await checkpointsOf(apis[0].url, job.id)).toHaveLength(1);
}, 60_000);

test('a job keeps the last, the best and every so many of its checkpoints, and /predict is right meanwhile', async () => {
  const { client, apis } = await startCluster();
  const training = { steps: 200, reportEvery: 10, checkpointEvery: 10, keep: { last: 2, best: 1, every: 50 } };
  const job = await client.submit(slowSpec({ training }));
  const losses = new Map<number, number>();
  for await (const event of client.events(job.id)) {
    if (event.type !== 'checkpoint') continue;
    losses.set(event.data.step, event.data.loss);
    const { checkpoint } = await client.predict(job.id, [[0, 1]], 'latest');
    expect(checkpoint.step).toBeGreaterThanOrEqual(event.data.step);
  }
  const [best] = [...losses].sort(([, a], [, b]) => a - b)[0];
  const kept = (await checkpointsOf(apis[0].url, job.id)).map(({ step }) => step);
  expect(kept).toEqual(expect.arrayContaining([50, 100, 150, 190, 200, best]));
  expect((await client.predict(job.id, [[0, 1]], 'best')).checkpoint.step).toBe(best);
}, 60_000);
