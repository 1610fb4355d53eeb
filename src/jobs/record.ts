/**
 * A job: its record, as it lies in Redis, and what callers see of it. One schema types both, here and in the client, and
 * documents the second. What may happen to a job is decided in `decisions/`.
 */
import { z } from 'zod';
import { engineNames } from '../engine/registry.ts';
import { modelFormats } from '../formats/reading/model-formats.ts';
import { failureCategories } from '../platform/failure-category.ts';
import { JobSpec } from '../spec/job-spec.ts';
import { statuses } from './status.ts';

export const timestamp = z.iso.datetime();

export const JobError = z
  .object({ category: z.enum(failureCategories), code: z.string(), message: z.string() })
  .meta({ id: 'JobError', description: 'Why a job failed, and whose business that is.' });
export type JobError = z.output<typeof JobError>;

const JobEngine = z
  .object({
    name: z.enum(engineNames),
    reason: z.string().describe('Why this engine.'),
    threads: z
      .int()
      .describe('Of the last run; the result does not depend on them. The engine stays over all attempts.'),
  })
  .meta({ id: 'EngineUsed' });
/**
 * The engine of a job, and why that one. It stays over all attempts, because another one ends in other last bits; its
 * threads are those of the last run.
 */
export type JobEngine = z.output<typeof JobEngine>;

/** Where what says how inputs are encoded, or what classes are called, comes from. */
const informant = z.enum(['file', 'request', 'default']);

export const Imported = z
  .object({
    format: z.enum(modelFormats),
    sha256: z.string().describe('Of the file.'),
    bytes: z.int().describe('Of the file.'),
    exportOf: z
      .object({ job: z.string(), step: z.int() })
      .nullable()
      .describe('The checkpoint that the file says it is; null: it is no export of Lookback.'),
    inputs: informant.describe('What says how inputs are encoded. default: numbers as they are.'),
    labels: informant.describe('What says what classes are called. default: nothing, they are 0, 1, 2 …'),
    at: informant
      .optional()
      .describe(
        'What says whether there is an output at each step or at the end. default: nothing, it is at each step. Not known of older imports.',
      ),
    ignored: z.array(z.string()).describe('What the file has beyond weights, and has no part in predictions.'),
  })
  .meta({ id: 'Imported', description: 'The file that a model was imported from.' });
export type Imported = z.output<typeof Imported>;

export const Job = z.object({
  version: z.int().describe('Of the form of the record (`versions.ts`).'),
  id: z.string(),
  name: z.string().nullable(),
  status: z.enum(statuses).meta({ id: 'JobStatus' }),
  spec: JobSpec.nullable().describe('null: it was imported, not trained; `imported` says from what.'),
  engine: JobEngine.nullable().describe('null before the first run, and of an import.'),
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
  trainedSeconds: z
    .number()
    .describe('Time that its runs have taken since it was submitted or retried, without diagnosedSeconds.'),
  diagnosedSeconds: z
    .number()
    .nullable()
    .describe(
      'What the doctor and the report have taken of its runs. null: of older jobs, it is part of trainedSeconds.',
    ),
  diskBytes: z
    .int()
    .nullable()
    .describe('What it may take on disk at its most: its checkpoints and its report. null: not known of older jobs.'),
  checkpointStep: z.int().nullable().describe('Step of the last checkpoint; null: none yet.'),
  imported: Imported.nullable().describe('null: it is trained here.'),
  recoveries: z
    .int()
    .describe('Runs that were lost since the last checkpoint that was further on; `maxRecoveries` of them fail it.'),
  recoveryCause: JobError.nullable().describe('Why the last of them was lost.'),
  startFrom: z
    .enum(['checkpoint', 'beginning'])
    .describe('Whether the last checkpoint, or the beginning, is where the next attempt starts.'),
  keepWork: z.boolean().describe('Whether a cancelled run still writes a checkpoint of what it has.'),
  isExamined: z.boolean().describe("The doctor's findings are among the events."),
  waitsForRoom: z
    .boolean()
    .describe('Paused for want of room on the disk, not because somebody asked: goes on by itself when there is room.'),
});
export type Job = z.output<typeof Job>;

/** The spec of a job that is, or was, trained: of every one that was not imported. */
export function specOf({ id, spec }: Pick<Job, 'id' | 'spec'>): JobSpec {
  if (spec === null) throw new TypeError(`The job ${id} was imported: it has no spec.`);
  return spec;
}

/** What the runs of a job have taken. */
export type RunTimes = Pick<Job, 'trainedSeconds' | 'diagnosedSeconds'>;

/** How fast a run trains. */
export type JobPace = Pick<Job, 'stepsPerSecond' | 'etaSeconds'>;

/**
 * What a job waits for:
 * - redis: Redis takes no changes; what the job does is written down when it does.
 * - worker: no worker is there.
 * - engine: workers are there, but none offers the engine of the job.
 * - queue: its turn has not come.
 * - retry: its run was lost, and the next try is put off.
 * - room: there is no room on the disk for its checkpoints.
 */
const waitingReasons = ['redis', 'worker', 'engine', 'queue', 'retry', 'room'] as const;

const WaitingFor = z
  .object({
    reason: z
      .enum(waitingReasons)
      .describe('redis, worker, engine, queue, retry, room: docs/api.md says what each means.'),
    message: z.string(),
    until: timestamp.optional().describe('retry: when it is tried again.'),
  })
  .meta({ id: 'WaitingFor', description: 'Why a job is not being run, or what it does cannot be written down.' });
export type WaitingFor = z.output<typeof WaitingFor>;

/** What callers see of a job: not what only Lookback's own processes need. */
export const JobView = Job.omit({
  version: true,
  recoveries: true,
  recoveryCause: true,
  startFrom: true,
  keepWork: true,
  isExamined: true,
  waitsForRoom: true,
})
  .extend({
    waitingFor: WaitingFor.nullable().describe(
      'null: it is being run and written down, it is over, or it was paused by a caller.',
    ),
  })
  .meta({ id: 'Job' });
export type JobView = z.output<typeof JobView>;
