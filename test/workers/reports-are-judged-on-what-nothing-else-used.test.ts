/** The report's test part is neither what trains nor what stops training early and names the best checkpoint. */
import { expect, test } from 'vitest';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';

test.each([
  ['independent', { rows: 'independent' }],
  ['flat', { rows: 'flat', sequenceLength: 25 }],
] satisfies [string, JobSpecInput['data']][])('of a built-in task with %s rows', async (_, data) => {
  const { client, apis } = await startCluster();
  // The last evaluation and the report see the same weights: only the rows differ.
  const training = { steps: 200, evaluateEvery: 100 };
  const job = await client.submit({ engine: 'simd', data, training });
  const events = await followToEnd(client, job.id);
  const evaluation = events.findLast((event) => event.type === 'evaluation');
  expect(evaluation?.data).toMatchObject({ step: 200 });
  const report = (await (await fetch(`${apis[0].url}/v1/jobs/${job.id}/report`)).json()) as Report;
  expect(report.heldOut.part).toBe('test');
  expect(report.heldOut.sequences).toBeGreaterThan(0);
  expect(report.heldOut.loss).not.toBe(evaluation?.data.loss);
  expect(Math.abs(report.heldOut.loss - Number(evaluation?.data.loss))).toBeLessThan(0.05);
});
