/** A job whose weights are no longer finite fails, and is reported on with what it had learned before that. */
import { expect, test } from 'vitest';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import { checkpointsOf, followToEnd, startCluster } from '../support/cluster.ts';

test('the report judges a checkpoint before that, and says at which step it happened and what to change', async () => {
  const { client, apis } = await startCluster();
  const line = { x: [0, 1, 1, 0, 1, 0], y: ['a', 'b', 'c', 'b', 'c', 'a'] };
  const { id: dataset } = await client.uploadDataset(`${JSON.stringify(line)}\n`.repeat(3), { format: 'ndjson' });
  // The same gradient at each step: its mean square becomes the square of its mean, but for rounding, and the root of
  // their difference no number.
  const job = await client.submit({
    task: { type: 'dataset', dataset },
    data: { batchSize: 1, split: { train: 0.34, validation: 0.33, test: 0.33 } },
    engine: 'simd',
    optimizer: { type: 'rmsprop', learningRate: 1e-12, decay: 0.5, epsilon: 1e-30, centered: true },
    training: { steps: 200, reportEvery: 1, checkpointEvery: 2 },
  });
  const events = await followToEnd(client, job.id);
  expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'failed', error: { code: 'diverged' } } });
  const kept = await checkpointsOf(apis[0].url, job.id);
  const report = (await (await fetch(`${apis[0].url}/v1/jobs/${job.id}/report`)).json()) as Report;
  expect(kept.map(({ sha256 }) => sha256)).toContain(report.checkpoint?.sha256);
  const finding = report.findings.find(({ code }) => code === 'training-diverged');
  expect(finding).toMatchObject({
    severity: 'error',
    evidence: { learningRate: 1e-12 },
    patch: [{ op: 'replace', path: '/optimizer/learningRate', value: 1e-13 }],
  });
  expect(finding?.evidence.step).toBeGreaterThan(Number(report.checkpoint?.step));
  expect(Number.isFinite(report.heldOut.loss)).toBe(true);
});
