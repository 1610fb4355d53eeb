/** The whole way of a job, from POST to probabilities, over real processes. */
import { expect, test } from 'vitest';
import { finalHash, followToEnd, startCluster } from '../support/cluster.ts';

test('a job is submitted, streams its events to the terminal one, and its model predicts', async () => {
  const cluster = await startCluster();
  const { client } = cluster;
  const job = await client.submit({ preset: 'lookback', engine: 'simd' });
  const events = await followToEnd(client, job.id);

  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
  const statuses = events.flatMap((event) => (event.type === 'status' ? event.data.status : []));
  expect(statuses).toEqual(['queued', 'running', 'succeeded']);
  const last = events.findLast((event) => event.type === 'checkpoint');
  expect(last?.data).toMatchObject({ step: 3000, sha256: await finalHash(cluster.apis[0].url, job) });

  const { checkpoint, predictions } = await client.predict(job.id, [[0, 0, 1, 0, 1, 1]]);
  expect(checkpoint.step).toBe(3000);
  // The present value plus twice the past one; the first step has no past.
  expect(predictions[0].classes.slice(1)).toEqual([0, 1, 2, 1, 3]);
  await expect(client.predict(job.id, [[0, 7]])).rejects.toMatchObject({
    status: 400,
    errors: [
      {
        path: 'sequences[0][1]',
        message: 'must be an integer from 0 to 1, as in the task that the model was trained on, but is 7',
      },
    ],
  });
});
