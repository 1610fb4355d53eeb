/**
 * What a worker and its child process say to each other.
 */
import type { DatasetSheet } from '../src/data/datasets/sheet.ts';
import type { DataUse } from '../src/data/used-before.ts';
import type { DoctorReport } from '../src/diagnosis/doctor/doctor-schema.ts';
import type { FindingEvent, JobProgress, MeasuredCheckpoint } from '../src/jobs/event.ts';
import type { JobEngine, JobError, RunTimes } from '../src/jobs/record.ts';
import type { JobSpec } from '../src/spec/job-spec.ts';
import type { RunWork } from './run-clock.ts';

/** What a process can be made ready for. */
export type EngineOfRun = Pick<JobEngine, 'name' | 'threads'>;

/** One run of one job, as the child needs it. */
export interface Assignment {
  job: string;
  attempt: number;
  spec: JobSpec;
  engine: EngineOfRun;
  /** Of the dataset that the spec names; null: the task is built in. */
  sheet: DatasetSheet | null;
  /** Location of the store of checkpoints and datasets. */
  storeLocation: string;
  /** What the checkpoints of all jobs may take on disk; 0: as much as there is. */
  maxCheckpointBytes: number;
  /** Whether the run starts from the last checkpoint. */
  startFrom: 'checkpoint' | 'beginning';
  /** The doctor's findings are among the job's events already. */
  isExamined: boolean;
  /** What the jobs whose weights it goes on from trained on, where they held out other sequences; null: that is not known. */
  trainedBefore: DataUse[] | null;
  /** What the doctor said of the same data before, if the worker remembers. */
  doctor: DoctorReport | null;
  /** What earlier runs of the job have taken. */
  times: RunTimes;
}

/** How a run may end by itself. */
export type RunResult = { end: 'succeeded' | 'stopped-early' | 'stopped' } | { end: 'failed'; error: JobError };

/** How a run is to stop. */
export interface StopRequest {
  /** A checkpoint of what is trained is written first. */
  keepWork: boolean;
  /** Nothing goes on from what is kept, so that it gets its report now. */
  isFinal: boolean;
}

export type ToChild =
  /** Load ahead what the next run will probably need. */
  | { type: 'warm'; engine: EngineOfRun; diagnose: boolean }
  | { type: 'run'; assignment: Assignment }
  | ({ type: 'stop' } & StopRequest);

export type FromChild =
  /** Said again and again while the run goes on; `step` is the last that it has trained, null before the first. */
  | { type: 'alive'; step: number | null }
  /** The checkpoint that the run goes on from; null: it starts from the beginning. */
  | { type: 'start'; from: MeasuredCheckpoint | null }
  /** What the run does from here on; at its start it is training. */
  | { type: 'work'; work: RunWork }
  | { type: 'progress'; progress: JobProgress }
  | { type: 'checkpoint'; checkpoint: MeasuredCheckpoint }
  | { type: 'finding'; event: FindingEvent }
  /** Something worth a line in the log. */
  | { type: 'note'; level: 'info' | 'warn' | 'error'; message: string; details: Record<string, unknown> }
  | ({ type: 'ended' } & RunResult);
