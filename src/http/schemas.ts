/**
 * What the API answers, as zod schemas that type the handlers and make the OpenAPI document. A schema with an id is a named component there.
 */
import { z } from 'zod';
import { DoctorReport } from '../diagnosis/doctor/doctor-schema.ts';
import { ReportSummary } from '../diagnosis/report/report-schema.ts';
import { engineNames } from '../engine/registry.ts';
import { statuses } from '../jobs/record.ts';
import { waitingReasons } from '../jobs/waiting.ts';
import { limits } from '../platform/limits.ts';
import { JobSpec } from '../spec/job-spec.ts';

const failureCategories = ['user', 'data', 'capacity', 'infrastructure', 'bug'] as const;

export const Problem = z
  .object({
    type: z.string(),
    title: z.string().describe('The phrase of the status.'),
    status: z.int(),
    detail: z.string().describe('What is wrong, in a sentence.'),
    instance: z.string().optional().describe('The path of the request.'),
    code: z.string().describe('Stable name of the error: what a program should look at.'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe(
        `For invalid input: what is wrong with it, field by field, up to ${limits.errors} mistakes; \`detail\` says how many there are.`,
      ),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 says.' });
export type Problem = z.output<typeof Problem>;

export const JobStatus = z.enum(statuses).meta({ id: 'JobStatus' });

const JobError = z
  .object({ category: z.enum(failureCategories), code: z.string(), message: z.string() })
  .meta({ id: 'JobError', description: 'Why a job failed, and whose business that is.' });

const EngineUsed = z
  .object({
    name: z.enum(engineNames),
    reason: z.string().describe('Why this engine.'),
    threads: z
      .int()
      .describe('Of the last run; the result does not depend on them. The engine stays over all attempts.'),
  })
  .meta({ id: 'EngineUsed' });

export const timestamp = z.iso.datetime();

export const WaitingFor = z
  .object({
    reason: z.enum(waitingReasons).describe('worker, engine, queue, retry, room: docs/api.md says what each means.'),
    message: z.string(),
    until: timestamp.optional().describe('retry: when it is tried again.'),
  })
  .meta({ id: 'WaitingFor', description: 'Why a job is not being run.' });

export const Job = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    status: JobStatus,
    spec: JobSpec,
    engine: EngineUsed.nullable().describe('null before the first run.'),
    attempt: z.int().describe('How often a worker has taken it up.'),
    step: z.int().describe('Steps trained so far, as of the last progress event or checkpoint.'),
    steps: z.int(),
    loss: z.number().nullable().describe('Of the batch of `step`, in nats.'),
    accuracy: z.number().nullable().describe('Of the batch of `step`.'),
    stepsPerSecond: z.number().nullable().describe('Of the run that is under way; brought up to date each second.'),
    etaSeconds: z.number().nullable().describe('Time that the rest of the steps will take at this pace.'),
    retryAt: timestamp.nullable().describe('When a job that lost its run is tried again; null: it does not wait.'),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    error: JobError.nullable(),
    waitingFor: WaitingFor.nullable().describe('null: it is being run, it is over, or it was paused by a caller.'),
    trainedSeconds: z.number().describe('Time that its runs have taken since it was submitted or retried.'),
    checkpointStep: z.int().nullable().describe('Step of the last checkpoint; null: none yet.'),
  })
  .meta({ id: 'Job' });
export type Job = z.output<typeof Job>;

type Shown = Exclude<keyof Job, 'waitingFor'>;
const shown = Object.keys(Job.shape).filter((name): name is Shown => name !== 'waitingFor');

/** The record as callers see it: the fields of the schema, and not those that only Lookback's own processes need. */
export function showJob(record: Pick<Job, Shown>, waitingFor: Job['waitingFor']): Job {
  const fields = Object.fromEntries(shown.map((name) => [name, record[name]])) as Pick<Job, Shown>;
  return { ...fields, waitingFor };
}

const status = z.object({
  status: JobStatus,
  attempt: z.int(),
  reason: z.string().optional(),
  error: JobError.optional(),
  cause: JobError.optional().describe('Why the run was lost, where the job is queued again for it.'),
  retryAt: timestamp.optional().describe('When it is tried again, where it waits for that.'),
});

const progress = z.object({
  step: z.int(),
  steps: z.int(),
  loss: z.number(),
  accuracy: z.number(),
  stepsPerSecond: z.number(),
});

const evaluation = z.object({
  step: z.int(),
  loss: z.number().describe('On held-out data, in nats.'),
  accuracy: z.number(),
  improved: z.boolean().describe('Whether it is the lowest held-out loss so far.'),
});

const checkpoint = z.object({ step: z.int(), loss: z.number(), sha256: z.string() });

function event<T extends string, S extends z.ZodType>(type: T, data: S) {
  const id = z.int().describe('1, 2, 3 … without a gap.');
  return z.object({ id, at: timestamp, type: z.literal(type), data });
}

export const JobEvent = z
  .discriminatedUnion('type', [
    event('status', status),
    event('progress', progress),
    event('checkpoint', checkpoint),
    event('evaluation', evaluation),
    event('doctor', DoctorReport),
    event('report', ReportSummary),
  ])
  .meta({ id: 'JobEvent' });

export const Checkpoint = z
  .object({
    step: z.int(),
    loss: z.number().describe('Of the batch of its step.'),
    heldOutLoss: z.number().nullable().describe('On held-out data, if the step was evaluated: `best` goes by it.'),
    sha256: z.string().describe('Of the weights alone: equal weights, equal hash.'),
    bytes: z.int(),
    createdAt: timestamp,
  })
  .meta({ id: 'Checkpoint' });

/** A list: `nextCursor` asks for what comes after it, and is null at the end. */
export function page<S extends z.ZodType>(item: S) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('Hand it back to get what follows; null: nothing does.'),
  });
}

/** An integer in a query string. What is no integer stays as it came, so that the complaint shows it. */
export function queryInteger<S extends z.ZodType>(schema: S) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value),
    schema,
  );
}

export const pageLimit = z.int().min(1).max(limits.page);

export const JobParams = z.strictObject({ id: z.string().describe('Id of a job.') });
