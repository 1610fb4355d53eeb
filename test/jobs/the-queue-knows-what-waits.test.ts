/**
 * Whether a job waits for a worker: a worker makes the next process ready sooner then. And a queue whose first question to
 * Redis got no answer: it must not fail for ever.
 */
import { expect, onTestFinished, test } from 'vitest';
import { newJob } from '../../src/jobs/decisions/verbs.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import { connect, keyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { startGatedProxy } from '../support/gated-proxy.ts';
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

test('a queue that Redis did not answer at first takes jobs when it does', async () => {
  const proxy = await startGatedProxy(redis.current.port);
  const connection = connect({ ...redis.current, url: `redis://127.0.0.1:${proxy.port}` }, 'request');
  connection.on('error', () => {});
  await connection.connect();
  proxy.keepAnswersTo('info');
  const queue = new JobQueue(connection, keyNames('unanswered'));
  onTestFinished(async () => {
    await queue.close();
    connection.disconnect();
  });
  const { job } = newJob('job_unanswered', resolveJobSpec({}), new Date());
  await expect(queue.dispatch([job])).rejects.toThrow();
  await expect
    .poll(
      () =>
        queue.dispatch([job]).then(
          () => queue.hasWaiting(),
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true);
});
