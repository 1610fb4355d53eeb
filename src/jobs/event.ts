/**
 * What happens to a job, as its log keeps it and callers follow it: one schema types the log, the stream and the client.
 */
import { z } from 'zod';
import { DoctorReport } from '../diagnosis/doctor/doctor-schema.ts';
import { ReportSummary } from '../diagnosis/report/report-schema.ts';
import { Job, JobError, timestamp } from './record.ts';

const StatusChange = z.object({
  status: Job.shape.status,
  attempt: z.int(),
  reason: z.string().optional(),
  error: JobError.optional(),
  cause: JobError.optional().describe('Why the run was lost, where the job is queued again for it.'),
  retryAt: timestamp.optional().describe('When it is tried again, where it waits for that.'),
});

const JobProgress = z.object({
  step: z.int(),
  steps: z.int(),
  loss: z.number(),
  accuracy: z.number(),
  stepsPerSecond: z.number(),
});
export type JobProgress = z.output<typeof JobProgress>;

const JobEvaluation = z.object({
  step: z.int(),
  loss: z.number().describe('On held-out data, in nats.'),
  accuracy: z.number(),
  improved: z.boolean().describe('Whether it is the lowest held-out loss so far.'),
});

const CheckpointReport = z.object({ step: z.int(), loss: z.number(), sha256: z.string() });
/** A checkpoint that is safely stored, as the run's worker reports it. */
type CheckpointReport = z.output<typeof CheckpointReport>;

/** With the accuracy of its batch, which the record shows beside the loss. */
export type MeasuredCheckpoint = CheckpointReport & { accuracy: number };

function event<T extends string, S extends z.ZodType>(type: T, data: S) {
  const id = z.int().describe('1, 2, 3 … without a gap.');
  return z.object({ id, at: timestamp, type: z.literal(type), data });
}

export const JobEvent = z
  .discriminatedUnion('type', [
    event('status', StatusChange),
    event('progress', JobProgress),
    event('checkpoint', CheckpointReport),
    event('evaluation', JobEvaluation),
    event('doctor', DoctorReport),
    event('report', ReportSummary),
  ])
  .meta({ id: 'JobEvent' });
export type JobEvent = z.output<typeof JobEvent>;

/** What an event says; the store adds its id (1, 2, 3 … without a gap) and its time. */
export type EventBody = BodyOf<JobEvent>;
type BodyOf<Event> = Event extends { type: infer Type; data: infer Data } ? { type: Type; data: Data } : never;

/** Events that say something of the job's data or model. */
export type FindingEvent = Extract<EventBody, { type: 'evaluation' | 'doctor' | 'report' }>;

/** An event as a stream sends it, with its time among the data. */
export type SentJobEvent = SentOf<JobEvent>;
type SentOf<Event> = Event extends { id: number; at: string; type: infer Type; data: infer Data }
  ? { id: number; type: Type; data: Data & { at: string } }
  : never;
