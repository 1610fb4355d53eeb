/**
 * The example of a job in each of its states, and of its events.
 */
import { importedJob, newJob } from '../../../jobs/decisions/verbs.ts';
import { type Job, JobView } from '../../../jobs/record.ts';
import { diskBytes } from '../../../spec/disk-use.ts';
import { resolveJobSpec } from '../../../spec/job-spec.ts';
import { exampleHash, exampleJob, finishedAt, startedAt, submittedAt } from './ids.ts';

export const submission = { preset: 'lookback', name: 'binary digits' };

export const spec = resolveJobSpec(submission);
export const engine = { name: 'simd', reason: 'estimated 0.058 ms a step, tensorflow 0.53 ms', threads: 1 } as const;

const record = newJob(exampleJob, spec, new Date(submittedAt), diskBytes(spec)).job;

function shown(changes: Partial<JobView>): JobView {
  const waitingFor: JobView['waitingFor'] = null;
  return JobView.parse({ ...record, waitingFor, ...changes });
}

export const queued = shown({
  waitingFor: { reason: 'queue', message: 'It waits to be taken by a worker: 1 of 1 is free.' },
});

const measured = { step: 1200, loss: 0.0011, accuracy: 1, checkpointStep: 1000 };
const begun = { engine, attempt: 1, startedAt, trainedSeconds: 0.412, diagnosedSeconds: 0.038 } satisfies Partial<Job>;

export const paused = shown({ ...begun, ...measured, status: 'paused' });
export const cancelled = shown({ status: 'cancelled', finishedAt: startedAt });
export const succeeded = shown({
  ...begun,
  status: 'succeeded',
  step: 3000,
  loss: 0.0002,
  accuracy: 1,
  checkpointStep: 3000,
  trainedSeconds: 0.924,
  diagnosedSeconds: 0.152,
  finishedAt,
});

const importedModel = importedJob(
  exampleJob,
  {
    name: 'tagger',
    imported: {
      format: 'safetensors',
      sha256: exampleHash,
      bytes: 440,
      exportOf: null,
      inputs: 'default',
      labels: 'default',
      at: 'default',
      ignored: [],
    },
    step: 0,
    diskBytes: 2_480,
  },
  new Date(submittedAt),
).job;
export const imported = JobView.parse({ ...importedModel, waitingFor: null });

export const eventPage = {
  data: [
    { id: 1, at: submittedAt, type: 'status', data: { status: 'queued', attempt: 0, reason: 'submitted' } },
    { id: 2, at: startedAt, type: 'status', data: { status: 'running', attempt: 1, reason: 'a worker took it up' } },
    {
      id: 3,
      at: startedAt,
      type: 'progress',
      data: { step: 1, steps: 3000, loss: 2.2175, accuracy: 0.2507, stepsPerSecond: 269.4 },
    },
    { id: 4, at: finishedAt, type: 'checkpoint', data: { step: 3000, loss: 0.0002, sha256: exampleHash } },
  ],
  nextCursor: '4',
};

/** The same as a stream. */
export const eventStream = `retry: 1000\n${eventPage.data
  .map(({ id, at, type, data }) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ ...data, at })}\n\n`)
  .join('')}`;

/** All jobs as one stream. */
const watched = eventPage.data.map(({ id, at, type, data }) => ({
  type,
  data: { job: exampleJob, event: id, ...data, at },
}));
export const watchedStream = `retry: 1000\nevent: reread\ndata: {}\n\n${watched
  .map(({ type, data }) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
  .join('')}`;

export const changedJobs = { data: [{ id: exampleJob, outcome: 'cancelled' }], nextCursor: null };
