/** Where evaluations decide which checkpoint is the best, the report is about that one and says so. */
import { expect, test } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoints/store.ts';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';

test('a model that got worse is judged by its best checkpoint', async () => {
  const { client, apis } = await startCluster();
  // Steps far too large: the held-out loss goes up and down.
  const optimizer = { type: 'adam', learningRate: 5 } as const;
  const job = await client.submit({ engine: 'simd', optimizer, training: { steps: 100, evaluateEvery: 5 } });
  await followToEnd(client, job.id);
  const read = async (path: string) => (await fetch(`${apis[0].url}/v1/jobs/${job.id}/${path}`)).json();
  const { data } = (await read('checkpoints')) as Awaited<ReturnType<CheckpointStore['page']>>;
  const best = data.reduce((a, b) => ((b.heldOutLoss ?? b.loss)! < (a.heldOutLoss ?? a.loss)! ? b : a));
  expect(best.step).toBeLessThan(100);
  const report = (await read('report')) as Report;
  expect(report.checkpoint).toEqual({ step: best.step, sha256: best.sha256 });
  expect(report.verdict).toContain(`the best checkpoint, of step ${best.step}; the training went on to step 100`);
  // Held out for the report and for the evaluation are other rows of the same task.
  expect(Math.abs(report.heldOut.loss - Number(best.heldOutLoss))).toBeLessThan(0.1 * report.heldOut.loss);
});
