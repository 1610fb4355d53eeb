/**
 * A job: its record, as it lies in Redis and goes out to callers, and the events of its log. What may happen to it is decided in `decisions.ts`.
 */
import type { DoctorReport } from '../diagnosis/doctor/doctor-schema.ts';
import type { ReportSummary } from '../diagnosis/report/report-schema.ts';
import type { EngineName } from '../engine/registry.ts';
import type { FailureCategory } from '../platform/errors.ts';
import type { JobSpec } from '../spec/job-spec.ts';

export const statuses = [
  'queued',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'cancelled',
  'succeeded',
  'failed',
] as const;
export type JobStatus = (typeof statuses)[number];

export const terminalStatuses: ReadonlySet<JobStatus> = new Set(['cancelled', 'succeeded', 'failed']);

/** A worker has the job. */
export const runningStatuses: ReadonlySet<JobStatus> = new Set(['running', 'pausing', 'cancelling']);

export interface JobError {
  category: FailureCategory;
  code: string;
  message: string;
}

/** The engine of a job, and why that one. It stays over all attempts, because another one ends in other last bits; its threads are those of the last run. */
export interface JobEngine {
  name: EngineName;
  reason: string;
  threads: number;
}

export interface Job {
  /** Of the record's form (`versions.ts`). */
  version: number;
  id: string;
  name: string | null;
  status: JobStatus;
  spec: JobSpec;
  /** null before the first run. */
  engine: JobEngine | null;
  /** How often a worker has taken it up. */
  attempt: number;
  /** Steps trained so far, as of the last progress event or checkpoint; loss and accuracy are those of this step. */
  step: number;
  steps: number;
  loss: number | null;
  accuracy: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  error: JobError | null;
  /** Step of the last checkpoint that is safely stored; null: none yet. */
  checkpointStep: number | null;
  /** Runs that were lost since the last checkpoint that was further on; `maxRecoveries` of them fail the job. */
  recoveries: number;
  /** Why the last of them was lost. */
  recoveryCause: JobError | null;
  /** When a queued job that lost its run is tried again; null: as soon as a worker has time for it. */
  retryAt: string | null;
  /** How fast the run trains, and how long the rest will take at that pace; null while none runs. */
  stepsPerSecond: number | null;
  etaSeconds: number | null;
  /** Whether the last checkpoint, or the beginning, is where the next attempt starts. */
  startFrom: 'checkpoint' | 'beginning';
  /** Whether a cancelled run still writes a checkpoint of what it has. */
  keepWork: boolean;
  /** Seconds that runs have taken since the job was submitted or retried, by their workers' monotonic clocks; what `limits.maxSeconds` limits. */
  trainedSeconds: number;
  /** The doctor's findings are among the events. */
  isExamined: boolean;
  /** Paused for want of room on the disk, not because somebody asked: goes on by itself when there is room. */
  waitsForRoom: boolean;
}

/** How fast a run trains. */
export type JobPace = Pick<Job, 'stepsPerSecond' | 'etaSeconds'>;

export interface JobProgress {
  step: number;
  steps: number;
  loss: number;
  accuracy: number;
  stepsPerSecond: number;
}

/** On held-out data. */
export interface JobEvaluation {
  step: number;
  loss: number;
  accuracy: number;
  /** The lowest held-out loss so far. */
  improved: boolean;
}

/** A checkpoint that is safely stored, as the run's worker reports it. */
export interface CheckpointReport {
  step: number;
  loss: number;
  /** SHA-256 of the weights. */
  sha256: string;
}

export interface StatusChange {
  status: JobStatus;
  attempt: number;
  reason?: string;
  error?: JobError;
  /** Why the run was lost, where the job is queued again for it, and when it is tried again. */
  cause?: JobError;
  retryAt?: string;
}

/** With the accuracy of its batch, which the record shows beside the loss. */
export type MeasuredCheckpoint = CheckpointReport & { accuracy: number };

/** What an event says; the store adds its id (1, 2, 3 … without a gap) and its time. */
export type EventBody =
  | { type: 'status'; data: StatusChange }
  | { type: 'progress'; data: JobProgress }
  | { type: 'checkpoint'; data: CheckpointReport }
  | { type: 'evaluation'; data: JobEvaluation }
  | { type: 'doctor'; data: DoctorReport }
  | { type: 'report'; data: ReportSummary };

/** Events that say something of the job's data or model. */
export type FindingEvent = Extract<EventBody, { type: 'evaluation' | 'doctor' | 'report' }>;

export type JobEvent = EventBody & { id: number; at: string };
