/**
 * Submitting, trying out and steering jobs as a command line or a sweep does: without HTTP, over a real Redis and real files.
 */
import { expect, onTestFinished, test } from 'vitest';
import type { ModelReference } from '../../src/checkpoints/model-reference.ts';
import { CheckpointQuota } from '../../src/checkpoints/quota.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { sampleOfData } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { deleteDataset } from '../../src/jobs/use-cases/datasets.ts';
import { offeredEngineOf } from '../../src/jobs/use-cases/offered-engine.ts';
import { showJob } from '../../src/jobs/use-cases/show.ts';
import { retryJob } from '../../src/jobs/use-cases/steer.ts';
import { submitJob } from '../../src/jobs/use-cases/submit.ts';
import { validateJob } from '../../src/jobs/use-cases/validate.ts';
import { NotFoundError } from '../../src/platform/errors.ts';
import { diskBytes } from '../../src/spec/disk-use.ts';
import { type JobSpec, type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { openStore } from '../../src/storage/open.ts';
import { ndjson, temporaryStore, upload } from '../data/stores.ts';
import { createJobs } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';
import { digits } from '../support/uploads.ts';

const redis = useRedis();

async function setUp() {
  const { service: jobs, store, workers } = await createJobs(redis.current);
  const { store: datasets, folder } = await temporaryStore();
  return {
    jobs,
    store,
    workers,
    datasets,
    folder,
    initialModels: {
      find: async ({ job = '' }: ModelReference) => {
        throw new NotFoundError('job', job);
      },
      specOf: async () => null,
      keepFor: async () => {},
      drop: async () => {},
    },
    chooseOfferedEngine: offeredEngineOf(workers, 1),
    examine: async (spec: JobSpec, depth?: 'quick' | 'full') =>
      examine(await sampleOfData({ spec }, datasets), { depth }),
  };
}

const overDataset = (dataset: string): JobSpecInput => ({
  task: { type: 'dataset', dataset },
  model: { layers: 1, units: 3 },
  training: { epochs: 6 },
});

test('a job is tried out, submitted, looked at, steered and removed', async () => {
  const deps = await setUp();
  const { jobs, workers, store } = deps;
  const spec = resolveJobSpec({ preset: 'broken' });

  const tried = await validateJob(deps, spec);
  expect(tried).toMatchObject({ spec, model: { parameters: 384 }, engine: { name: 'simd' } });
  expect(tried.doctor?.findings.map(({ code }) => code)).toContain('axes-swapped');
  expect((await store.list({ limit: 5 })).jobs).toEqual([]);

  const shown = { workers, redisRefusal: async () => null };
  const { job, repeated } = await submitJob(deps, spec);
  expect(repeated).toBe(false);
  expect(await showJob(shown, job)).toMatchObject({ id: job.id, status: 'queued', waitingFor: { reason: 'worker' } });
  expect(Object.keys(await showJob(shown, job))).not.toContain('recoveries');

  expect((await jobs.ask('pause', job.id)).status).toBe('paused');
  expect((await jobs.ask('cancel', job.id)).status).toBe('cancelled');
  expect((await retryJob(deps, job.id, 'beginning')).status).toBe('queued');
  await jobs.remove(job.id);
  expect(await store.has(job.id)).toBe(false);
});

test('a job over a dataset is completed from it, and keeps it until it is over', async () => {
  const deps = await setUp();
  const { sheet } = await upload(deps.datasets, ndjson(...digits(1, 10, 12)));
  const spec = resolveJobSpec(overDataset(sheet.id));
  const { job } = await submitJob(deps, spec);
  expect(job.spec).toEqual((await validateJob(deps, spec)).spec);
  await expect(deleteDataset(deps, sheet.id)).rejects.toMatchObject({ code: 'dataset_in_use' });
  await deps.jobs.ask('cancel', job.id);
  await deleteDataset(deps, sheet.id);
  await expect(retryJob(deps, job.id, 'beginning')).rejects.toMatchObject({ code: 'dataset_deleted' });
  await expect(submitJob(deps, spec)).rejects.toMatchObject({ issues: [{ path: 'task.dataset' }] });
});

test('a request repeated with its key finds its job after its dataset was deleted', async () => {
  const deps = await setUp();
  const { sheet } = await upload(deps.datasets, ndjson(...digits(2, 10, 12)));
  const spec = resolveJobSpec(overDataset(sheet.id));
  const { job } = await submitJob(deps, spec, 'one');
  await deps.jobs.ask('cancel', job.id);
  await deleteDataset(deps, sheet.id);
  expect(await submitJob(deps, spec, 'one')).toMatchObject({ job: { id: job.id }, repeated: true });
});

test('it finds it after the quota was used up', async () => {
  const deps = await setUp();
  const spec = resolveJobSpec({});
  const checkpointQuota = new CheckpointQuota(await openStore(deps.folder), 1.5 * diskBytes(spec));
  const { job } = await submitJob({ ...deps, checkpointQuota }, spec, 'one');
  await expect(submitJob({ ...deps, checkpointQuota }, spec)).rejects.toMatchObject({ code: 'checkpoint_quota' });
  const again = await submitJob({ ...deps, checkpointQuota }, spec, 'one');
  expect(again).toMatchObject({ job: { id: job.id }, repeated: true });
});

test('it finds it when no worker offers its engine any more', async () => {
  const deps = await setUp();
  const spec = resolveJobSpec({ engine: 'tensorflow' });
  const { job } = await submitJob(deps, spec, 'one');
  const startedAt = new Date(0).toISOString();
  const leave = deps.workers.announce('a', () => ({
    engines: ['simd'],
    loading: [],
    unavailable: [],
    cores: 1,
    job: null,
    startedAt,
  }));
  onTestFinished(leave);
  await expect.poll(() => deps.workers.list()).toMatchObject([{ engines: ['simd'] }]);
  await expect(submitJob(deps, spec)).rejects.toMatchObject({ code: 'engine_unavailable' });
  expect(await submitJob(deps, spec, 'one')).toMatchObject({ job: { id: job.id }, repeated: true });
});

test('the spec of its answer, posted with the same key, is the same request; another spec is not', async () => {
  const deps = await setUp();
  const { sheet } = await upload(deps.datasets, ndjson(...digits(3, 10, 12)));
  const { job } = await submitJob(deps, resolveJobSpec(overDataset(sheet.id)), 'one');
  const posted = await submitJob(deps, resolveJobSpec(job.spec), 'one');
  expect(posted).toMatchObject({ job: { id: job.id }, repeated: true });
  await expect(submitJob(deps, resolveJobSpec({}), 'one')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});
