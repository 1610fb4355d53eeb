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

test('of what a job is to start from it is said whether the job is gone or its checkpoint', async () => {
  const { request, checkpoints } = api.current;
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(checkpoints, id, 0, 0.1);
  await request('POST', `/v1/jobs/${id}/cancel`);
  const start = { task: { type: 'binary-digits' }, model: { units: [3, 2] } };
  const { spec } = (await request('POST', '/v1/jobs/validate', { ...start, initFrom: { job: id } })).body;
  expect(spec.initFrom).toMatchObject({ job: id, checkpoint: 0, sha256: expect.any(String) });
  const other = await request('POST', '/v1/jobs/validate', { ...start, initFrom: { job: id, checkpoint: 7 } });
  expect(other.body.errors[0].message).toMatch(/^is 7, but there is no checkpoint "7"\..*[^.]$/);
  expect(other.body.detail).not.toContain('..');
  expect((await request('DELETE', `/v1/jobs/${id}`)).status).toBe(204);
  const again = await request('POST', '/v1/jobs/validate', spec);
  expect(again.body.errors).toEqual([
    expect.objectContaining({ path: 'initFrom.job', message: `is "${id}", but there is no such job` }),
  ]);
  expect(again.body.detail).toMatch(/there is no such job\.$/);
});
