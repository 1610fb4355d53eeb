/** A job that names the one it is based on is compared with it. */
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
  expect(verdict).toMatch(new RegExp(`The held-out loss is \\d\\.\\d+ lower than that of job ${before.id}`));
  await expect(client.submit({ basedOn: 'job_none' })).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ path: 'basedOn', rule: 'unknown-id' }],
  });
}, 60_000);
