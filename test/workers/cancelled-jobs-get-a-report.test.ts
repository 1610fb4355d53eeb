/**
 * A job that is cancelled while it runs gets a report on what it keeps, and none if it keeps nothing; before that, the
 * answer says what to wait for.
 */
import { expect, test } from 'vitest';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import { firstEvent, followToEnd, hasTrained, slowSpec, startCluster } from '../support/cluster.ts';

test.each([true, false])('with its work kept: %s', async (keepsWork) => {
  const { client, apis } = await startCluster();
  const { id } = await client.submit(slowSpec({ training: { steps: 100_000 } }));
  await firstEvent(client, id, hasTrained(20));
  const ask = async () => {
    const response = await fetch(`${apis[0].url}/v1/jobs/${id}/report`);
    return { status: response.status, body: (await response.json()) as Report & { code?: string; detail?: string } };
  };
  const early = await ask();
  expect(early.body).toMatchObject({ status: 404, code: 'report_not_found' });
  expect(early.body.detail).toMatch(/The job is running, at step \d+ of 100000\. The report is made when the job ends/);
  await fetch(`${apis[0].url}/v1/jobs/${id}/cancel${keepsWork ? '' : '?checkpoint=false'}`, { method: 'POST' });
  const events = await followToEnd(client, id);
  expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'cancelled' } });
  expect(events.filter(({ type }) => type === 'report')).toHaveLength(keepsWork ? 1 : 0);
  const { status, body } = await ask();
  expect(status).toBe(keepsWork ? 200 : 404);
  if (keepsWork) expect(body.heldOut.part).toBe('test');
  else expect(body.detail).toMatch(/The job is cancelled: only jobs that succeed/);
});
