/** A connection that breaks before the answer comes: the script of a commit recognises its own repetition. */
import { expect, onTestFinished, test } from 'vitest';
import { withJobCommands } from '../../src/jobs/commands/index.ts';
import { connect, keyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { createJobs } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

// A connection that breaks before the answer came sends its commands again, and the first of them may have been obeyed.
test('the same commit sent again is confirmed, and leaves one event', async () => {
  const { store, prefix } = await createJobs(redis.current);
  const connection = withJobCommands(connect(redis.current, 'background'));
  onTestFinished(() => connection.disconnect());
  const keys = keyNames(prefix);
  const { job } = await store.create(resolveJobSpec({}));
  const { revision } = await store.read(job.id);
  const commit = (token: string) =>
    connection.commitJob(
      keys.job(job.id),
      keys.events(job.id),
      keys.jobsOfStatus('queued'),
      keys.jobsOfStatus('running'),
      keys.undispatched,
      keys.finished,
      keys.waitingForRoom,
      keys.aliasesOf(job.id),
      job.id,
      revision,
      JSON.stringify({ ...job, status: 'running' }),
      'running',
      keys.eventsChannel(job.id),
      '',
      token,
      '',
      '',
      '',
      '"type":"status","data":{"status":"running","attempt":1}',
    );
  expect(await commit('first')).toEqual(['committed']);
  expect(await commit('first')).toEqual(['committed']);
  expect((await commit('another'))[0]).toBe('conflict');
  expect((await store.events(job.id, 0, 10)).map(({ id }) => id)).toEqual([1, 2]);
});
