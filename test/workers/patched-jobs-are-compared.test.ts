/** A job that names the one it is based on is compared with it. */
import { expect, test } from 'vitest';
import { Random } from '../../src/model/random.ts';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
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
  // The layout of the data is another.
  expect(comparison).toMatchObject({ job: before.id, loss: first.heldOut.loss, paired: false });
  expect(comparison!.difference).toBeCloseTo(heldOut.loss - first.heldOut.loss, 9);
  expect(comparison!.difference).toBeLessThan(-0.2);
  expect(verdict).toMatch(new RegExp(`The held-out loss is \\d\\.\\d+ lower than that of job ${before.id}`));
  await expect(client.submit({ basedOn: 'job_none' })).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ path: 'basedOn', rule: 'unknown-id' }],
  });
}, 60_000);

test('jobs that were judged on the same sequences are compared sequence by sequence', async () => {
  const { client } = await startCluster();
  const random = Random.seeded(5, 'data');
  // How hard a sequence is differs from one to the next: what two models lose there differs less.
  const lines = Array.from({ length: 120 }, (_, s) => {
    const x = Array.from({ length: 20 }, () => random.integer(2));
    return `${JSON.stringify({ x, y: x.map((value) => (random.uniform() < (s % 8) / 16 ? 1 - value : value)) })}\n`;
  });
  const { id: dataset } = await client.uploadDataset(lines.join(''), { format: 'ndjson' });
  const spec = (steps: number, seed: number): JobSpecInput => ({
    engine: 'simd',
    task: { type: 'dataset', dataset },
    data: { split: { train: 0.6, validation: 0.1, test: 0.3, by: 'order' } },
    model: { layers: 1, units: 4 },
    optimizer: { type: 'adam', learningRate: 0.02 },
    training: { steps, seed },
  });
  const reportOf = async (input: JobSpecInput) => {
    const { id } = await client.submit(input);
    await followToEnd(client, id);
    return { id, ...(await client.report(id)) };
  };
  const first = await reportOf(spec(40, 1));
  // Split by order, so that another seed holds out the same.
  const { comparison, heldOut, verdict } = await reportOf({ ...spec(200, 2), basedOn: first.id });
  const unpaired = Math.hypot(first.heldOut.standardError!, heldOut.standardError!);
  expect(comparison).toMatchObject({ job: first.id, loss: first.heldOut.loss, paired: true });
  expect(comparison!.standardError).toBeLessThan(unpaired);
  expect(verdict).toContain('both on the same 36 sequences, paired)');
  const split = { train: 0.5, validation: 0.1, test: 0.4, by: 'order' as const };
  const elsewhere = await reportOf({ ...spec(200, 2), data: { split }, basedOn: first.id });
  expect(elsewhere.comparison).toMatchObject({ job: first.id, paired: false });
  expect(elsewhere.verdict).toContain('each on what it held out itself');
}, 60_000);
