/**
 * What the store promises: decisions are committed one after another, whole or not at all, and their events are numbered without a gap.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endRun } from '../../src/jobs/decisions/run-end.ts';
import { claim, reportProgress, reportTime } from '../../src/jobs/decisions/run-reports.ts';
import { ask } from '../../src/jobs/decisions/verbs.ts';
import type { JobEvent } from '../../src/jobs/event.ts';
import type { Job } from '../../src/jobs/record.ts';
import { terminalStatuses } from '../../src/jobs/status.ts';
import { ConflictError, NotFoundError } from '../../src/platform/errors.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { idsFrom } from '../support/event-stream.ts';
import { createJobs, progressTo, start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const spec = resolveJobSpec({ name: 'test' });

test('a job is created with its record, its first event and its place in the index', async () => {
  const { store } = await createJobs(redis.current);
  const { job, repeated } = await store.create(spec);
  expect(repeated).toBe(false);
  expect(job.id).toMatch(/^job_[0-9a-z]{26}$/);
  expect(await store.get(job.id)).toEqual(job);
  expect(await store.events(job.id, 0, 10)).toEqual([
    { id: 1, at: expect.any(String), type: 'status', data: { status: 'queued', attempt: 0, reason: 'submitted' } },
  ]);
  expect((await store.countByStatus()).queued).toBe(1);
});

test('commits that are made at once all happen, one after another, and number their events without a gap', async () => {
  const { store } = await createJobs(redis.current);
  const job = await start(store, (await store.create(spec)).job.id);
  await Promise.all(Array.from({ length: 100 }, (_, i) => progressTo(store, job, i + 1)));
  const events = await store.events(job.id, 0, 1000);
  expect(events.map((event) => event.id)).toEqual(idsFrom(1, 102));
  const steps = events.flatMap((event) => (event.type === 'progress' ? event.data.step : []));
  expect(new Set(steps).size).toBe(100);
  expect((await store.get(job.id)).step).toBe(steps.at(-1));
});

test('commits of many processes to one job do not lose each other', async () => {
  const { store, prefix } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const stores = await Promise.all([1, 2, 3, 4].map(() => createJobs(redis.current, { prefix })));
  const count = (job: Job) => ({ status: 'changed' as const, job: { ...job, step: job.step + 1 }, events: [] });
  await Promise.all(stores.flatMap(({ store }) => Array.from({ length: 25 }, () => store.change(id, count))));
  expect((await store.get(id)).step).toBe(100);
});

test('of two verbs that exclude each other exactly one is obeyed', async () => {
  const { service, store } = await createJobs(redis.current);
  for (let i = 0; i < 20; i++) {
    const { job } = await service.submit(spec);
    await service.ask('pause', job.id);
    const answers = await Promise.allSettled([service.ask('resume', job.id), service.ask('resume', job.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const rejected = answers.find((answer) => answer.status === 'rejected');
    expect(rejected?.reason).toBeInstanceOf(ConflictError);
    expect(await store.events(job.id, 0, 10)).toHaveLength(3);
  }
});

test('what a record that is out of date would refuse or fence is decided again over the record as it is', async () => {
  const { store } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const queued = await store.read(id);
  const running = await start(store, id);
  const known = await store.read(id);
  expect((await store.change(id, reportTime(1, { trainedSeconds: 1, diagnosedSeconds: 0 }), queued)).status).toBe(
    'changed',
  );
  await store.change(id, ask('cancel', new Date(), { keepWork: false }));
  const stopped = await store.change(id, endRun(running.attempt, 'stopped', new Date()), known);
  expect(stopped).toMatchObject({ status: 'changed', job: { status: 'cancelled' } });
  // Over the record as it is the answer stands.
  const again = await store.change(id, endRun(running.attempt, 'stopped', new Date()), known);
  expect(again).toMatchObject({ status: 'fenced', job: { status: 'cancelled' } });
});

test('a job that is claimed twice has one worker', async () => {
  const { store } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const claims = await Promise.all([1, 2, 3].map(() => store.change(id, claim(1, new Date()))));
  expect(claims.map(({ status }) => status).sort()).toEqual(['changed', 'fenced', 'fenced']);
});

test('the late writes of a worker that was given up change nothing', async () => {
  const { store } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const stalled = await start(store, id);
  await store.change(id, endRun(stalled.attempt, 'lost', new Date()));
  const heir = await start(store, id);
  await progressTo(store, heir, 50);
  const before = await store.read(id);
  const late = [
    reportProgress(stalled.attempt, { step: 900, steps: 3000, loss: 9, accuracy: 0, stepsPerSecond: 1 }),
    endRun(stalled.attempt, 'succeeded', new Date()),
    endRun(stalled.attempt, 'failed', new Date()),
  ];
  for (const decide of late) expect((await store.change(id, decide)).status).toBe('fenced');
  expect(await store.read(id)).toEqual(before);
  expect(await store.events(id, 0, 10)).toHaveLength(5);
});

test('a job is in the index of its status, and of no other', async () => {
  const { store } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const statusesOf = async () => {
    const counts = Object.entries(await store.countByStatus());
    return counts.filter(([, count]) => count > 0).map(([status]) => status);
  };
  expect(await statusesOf()).toEqual(['queued']);
  const job = await start(store, id);
  expect(await statusesOf()).toEqual(['running']);
  await succeed(store, job);
  expect(await statusesOf()).toEqual(['succeeded']);
  await store.remove(await store.read(id));
  expect(await statusesOf()).toEqual([]);
});

test('a job is removed only as it was read', async () => {
  const { store } = await createJobs(redis.current);
  const { id } = (await store.create(spec)).job;
  const old = await store.read(id);
  await store.change(id, ask('cancel', new Date()));
  expect(await store.remove(old)).toBe('conflict');
  expect(await store.remove(await store.read(id))).toBe('removed');
  expect(await store.remove(old)).toBe('missing');
  await expect(store.get(id)).rejects.toThrow(NotFoundError);
  await expect(store.events(id, 0, 10)).rejects.toThrow(NotFoundError);
  await expect(store.change(id, ask('cancel', new Date()))).rejects.toThrow(NotFoundError);
});

test('the idempotency key of a removed job makes a new one', async () => {
  const { store } = await createJobs(redis.current);
  const { id } = (await store.create(spec, 'key')).job;
  await store.change(id, ask('cancel', new Date()));
  await store.remove(await store.read(id));
  const { job, repeated } = await store.create(spec, 'key');
  expect(repeated).toBe(false);
  expect(job.id).not.toBe(id);
});

/** What may be asked of a job, or happen to it, by name. */
const happenings = {
  cancel: () => ask('cancel', new Date()),
  pause: () => ask('pause', new Date()),
  resume: () => ask('resume', new Date()),
  retry: () => ask('retry', new Date()),
  claim: ({ attempt }: Job) => claim(attempt + 1, new Date()),
  progress: ({ attempt, steps }: Job) =>
    reportProgress(attempt, { step: 1, steps, loss: 1, accuracy: 0, stepsPerSecond: 1 }),
  succeed: ({ attempt }: Job) => endRun(attempt, 'succeeded', new Date()),
  fail: ({ attempt }: Job) => endRun(attempt, 'failed', new Date()),
  stop: ({ attempt }: Job) => endRun(attempt, 'stopped', new Date()),
  lose: ({ attempt }: Job) => endRun(attempt, 'lost', new Date()),
};

test('whatever happens to a job at once: its log tells its record, ids have no gap, and nothing but a retry follows an end', async () => {
  const { store } = await createJobs(redis.current);
  const names = fc.constantFrom(...(Object.keys(happenings) as (keyof typeof happenings)[]));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(names, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), async (rounds) => {
      const { id } = (await store.create(spec)).job;
      for (const round of rounds) {
        const known = await store.get(id);
        await Promise.all(round.map((name) => store.change(id, happenings[name](known))));
      }
      const events = await store.events(id, 0, 1000);
      expect(events.map((event) => event.id)).toEqual(idsFrom(1, events.length));
      const told = events.flatMap((event) => (event.type === 'status' ? event.data.status : []));
      expect(told.at(-1)).toBe((await store.get(id)).status);
      expectOnlyRetriesAfterAnEnd(events);
    }),
    { numRuns: 40 },
  );
});

function expectOnlyRetriesAfterAnEnd(events: JobEvent[]): void {
  for (const [i, event] of events.entries()) {
    const isEnd = event.type === 'status' && terminalStatuses.has(event.data.status);
    const next = events[i + 1];
    if (isEnd && next) expect(next.data).toMatchObject({ status: 'queued', reason: 'retry was asked for' });
  }
}
