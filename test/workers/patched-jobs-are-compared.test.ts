/** A job that names the one it is based on is compared with it, and a job that diverges gets a report all the same. */
import { expect, test } from 'vitest';
import { followToEnd, startCluster } from '../support/cluster.ts';

test('a job after a patch is compared with the one before, in a sentence and in figures', async () => {
  const { client } = await startCluster();
  const before = await client.submit({ preset: 'broken', engine: 'simd', training: { steps: 400 } });
  await followToEnd(client, before.id);
  const first = await client.report(before.id);
  expect(first.comparison).toBeUndefined();
  const swapped = first.findings.find(({ code }) => code === 'axes-swapped')!;
  const spec = structuredClone(before.spec) as unknown as Record<string, Record<string, unknown>>;
  for (const { path, value } of swapped.patch!) {
    const [section, field] = path.slice(1).split('/');
    spec[section][field] = value;
  }
  const training = { ...spec.training, steps: 1500 };
  const after = await client.submit({ ...spec, training, basedOn: before.id });
  await followToEnd(client, after.id);
  const { comparison, verdict, heldOut } = await client.report(after.id);
  expect(comparison).toMatchObject({ job: before.id, loss: first.heldOut.loss });
  expect(comparison!.difference).toBeCloseTo(heldOut.loss - first.heldOut.loss, 9);
  expect(comparison!.difference).toBeLessThan(-0.2);
  expect(verdict).toMatch(new RegExp(`The held-out loss is 0\\.\\d+ lower than that of job ${before.id}`));
  await expect(client.submit({ basedOn: 'job_none' })).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ path: 'basedOn', rule: 'unknown-id' }],
  });
});

test('a job that diverges is judged by the last checkpoint that is whole, with a patch', async () => {
  const { client } = await startCluster();
  const dataset = await client.uploadDataset(
    Array.from({ length: 40 }, (_, s) => {
      // The gradient of a number near the largest that there is, is none.
      const x = Array.from({ length: 20 }, (_, t) => ((s * t) % 7) * (s % 20 === 0 ? 5e37 : 1));
      return JSON.stringify({ x, y: x.map((_, t) => t % 2) });
    }).join('\n'),
    { format: 'ndjson' },
  );
  const job = await client.submit({
    engine: 'simd',
    task: { type: 'dataset', dataset: dataset.id },
    data: { standardize: false, sequenceLength: 20 },
    optimizer: { type: 'sgd', learningRate: 100, clipNorm: null },
    training: { steps: 200, checkpointEvery: 1 },
  });
  const events = await followToEnd(client, job.id);
  expect(events.at(-1)).toMatchObject({ data: { status: 'failed', error: { code: 'diverged' } } });
  const report = await client.report(job.id);
  expect(report.findings.map(({ code }) => code)).toContain('training-diverged');
  expect(report.checkpoint!.step).toBeLessThan(report.findings.at(-1)!.evidence.step as number);
}, 60_000);
