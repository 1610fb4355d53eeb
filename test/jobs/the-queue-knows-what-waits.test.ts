/** Whether a job waits for a worker: a worker makes the next process ready sooner then. */
import { expect, onTestFinished, test } from 'vitest';
import { newJob } from '../../src/jobs/decisions/verbs.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import { connect, keyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('a job waits from its dispatch until its entry is withdrawn', async () => {
  const connection = connect(redis.current, 'background');
  const queue = new JobQueue(connection, keyNames('waiting'));
  onTestFinished(async () => {
    await queue.close();
    connection.disconnect();
  });
  const { job } = newJob('job_waiting', resolveJobSpec({}), new Date());
  expect(await queue.hasWaiting()).toBe(false);
  await queue.dispatch([job]);
  expect(await queue.hasWaiting()).toBe(true);
  await queue.withdraw(job);
  expect(await queue.hasWaiting()).toBe(false);
});
