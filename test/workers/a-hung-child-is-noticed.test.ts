import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { JobQueue } from '../../src/jobs/queue.ts';
import { connect, keyNames } from '../../src/platform/redis/connections.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import type * as ChildrenModule from '../../workers/run/children.ts';
import type * as ExaminationsModule from '../../workers/run/examinations.ts';
import type * as RunModule from '../../workers/run/run.ts';
import { slowSpec } from '../support/cluster.ts';
import { createJobs } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

/** The worker's own modules as they are run: their child processes start from dist. */
async function built<Module>(name: string): Promise<Module> {
  return import(new URL(`../../dist/workers/${name}.js`, import.meta.url).href);
}

test('a child that stands still is ended, and its run counts as lost and is queued again', async () => {
  const { Children } = await built<typeof ChildrenModule>('run/children');
  const { Examinations } = await built<typeof ExaminationsModule>('run/examinations');
  const { Run } = await built<typeof RunModule>('run/run');
  const { store, events, service, prefix } = await createJobs(redis.current);
  const connection = connect(redis.current, 'background');
  const queue = new JobQueue(connection, keyNames(prefix));
  const children = new Children(false);
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-hung-'));
  onTestFinished(async () => {
    await children.close();
    await queue.close();
    connection.disconnect();
    await rm(data, { recursive: true, force: true });
  });

  const { job } = await service.submit(resolveJobSpec(slowSpec({ diagnose: false })));
  let pid = 0;
  const logger = pino({ level: 'info' }, { write: (line: string) => (pid ||= JSON.parse(line).pid ?? 0) });
  logger.setBindings({ pid: undefined });
  const engineFor = async () => ({ name: 'simd' as const, reason: 'a test', threads: 1 });
  const resources = {
    store,
    queue,
    children,
    logger,
    storeLocation: data,
    maxCheckpointBytes: 0,
    examinations: new Examinations(),
    engineFor,
    sheetFor: async () => null,
    hungAfterMs: 2_500,
  };
  const over = new Run(resources, { id: job.id, attempt: 1 }).toEnd();
  for await (const event of events.follow(job.id, 0, new AbortController().signal)) {
    if (event.type === 'progress') break;
  }
  process.kill(pid, 'SIGSTOP');
  await over;
  expect(await store.get(job.id)).toMatchObject({ status: 'queued', attempt: 1, recoveries: 1 });
});
