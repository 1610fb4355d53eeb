/** A job that is evaluated at every step writes a checkpoint whenever it gets better; only those that the default rules name stay. */
import { expect, test } from 'vitest';
import { ndjson } from '../data/stores.ts';
import { checkpointsOf, followToEnd, startCluster } from '../support/cluster.ts';
import { digits } from '../support/uploads.ts';

test('of the checkpoints that evaluations make only the best stays, beside the periodic ones and the last', async () => {
  const { client, apis } = await startCluster();
  const headers = { 'content-type': 'application/x-ndjson' };
  const uploaded = await fetch(`${apis[0].url}/v1/datasets`, {
    method: 'POST',
    headers,
    body: ndjson(...digits(1, 40)),
  });
  const { id } = (await uploaded.json()) as { id: string };
  const job = await client.submit({
    engine: 'simd',
    task: { type: 'dataset', dataset: id },
    data: { batchSize: 4, sequenceLength: 20 },
    optimizer: { type: 'adam' },
    training: { steps: 120, checkpointEvery: 50, evaluateEvery: 1 },
  });
  const events = await followToEnd(client, job.id);
  const written = events.flatMap((event) => (event.type === 'checkpoint' ? event.data.step : []));
  const improved = events.flatMap((event) =>
    event.type === 'evaluation' && event.data.improved ? event.data.step : [],
  );
  // More than may stay: otherwise this shows nothing.
  expect(written.length).toBeGreaterThan(20);
  const kept = (await checkpointsOf(apis[0].url, job.id)).map(({ step }) => step);
  const expected = new Set([50, 100, 120, improved[improved.length - 1]]);
  expect(kept).toEqual([...expected].sort((a, b) => a - b));
}, 60_000);
