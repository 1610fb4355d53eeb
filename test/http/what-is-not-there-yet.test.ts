/** /predict and /report of a job that has not come so far name its status and what to wait for. */
import { expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());

test('a queued job has neither model nor report', async () => {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  const prediction = await api.current.request('POST', '/predict', { job: id, sequences: [[0, 1]] });
  expect(prediction.body).toMatchObject({ status: 404, code: 'checkpoint_not_found' });
  expect(prediction.body.detail).toContain(
    'The job is queued, at step 0 of 3000. Its first checkpoint comes at step 1000',
  );
  const report = await api.current.request('GET', `/v1/jobs/${id}/report`);
  expect(report.body).toMatchObject({ status: 404, code: 'report_not_found' });
  expect(report.body.detail).toContain(`The job is queued, at step 0 of 3000. The report is made when the job ends`);
  expect(report.body.detail).toContain(`GET /v1/jobs/${id}/events`);
});

test('a cancelled job says that there is nothing to wait for', async () => {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  await api.current.request('POST', `/v1/jobs/${id}/cancel`);
  const prediction = await api.current.request('POST', '/predict', { job: id, sequences: [[0, 1]] });
  expect(prediction.body.detail).toContain('The job is cancelled and ended before its first checkpoint');
  const report = await api.current.request('GET', `/v1/jobs/${id}/report`);
  expect(report.body.detail).toContain('The job is cancelled: only jobs that succeed');
});

test('a step that is not there is not confused with a job that has none', async () => {
  const { id } = (await api.current.request('POST', '/v1/jobs', { diagnose: false })).body;
  await saveCheckpoint(api.current.checkpoints, id, 1000, 0.1);
  const request = { job: id, checkpoint: 9, sequences: [[0, 1]] };
  expect((await api.current.request('POST', '/predict', request)).body.detail).toMatch(/^There is no checkpoint "9"\./);
  const report = await api.current.request('GET', `/v1/jobs/${id}/report`);
  expect(report.body.detail).toContain('submitted with `diagnose` false');
});
