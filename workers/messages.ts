/**
 * What a worker and its child process say to each other.
 */
import type { CheckpointReport, EventBody, JobEngine, JobError, JobProgress } from '../src/jobs/job.ts';
import type { JobSpec } from '../src/jobs/spec.ts';

/** One run of one job, as the child needs it. */
export interface Assignment {
  job: string;
  spec: JobSpec;
  engine: Pick<JobEngine, 'name' | 'threads'>;
  /** Where checkpoints lie, and whether the run starts from the last one of them. */
  checkpoints: string;
  startFrom: 'checkpoint' | 'beginning';
}

export type ToChild =
  /** Load an engine ahead of the run that will probably need it. */
  | { type: 'warm'; engine: Pick<JobEngine, 'name' | 'threads'> }
  | { type: 'run'; assignment: Assignment }
  | { type: 'stop'; keepWork: boolean };

export type FromChild =
  | { type: 'progress'; progress: JobProgress }
  | { type: 'checkpoint'; checkpoint: CheckpointReport }
  | { type: 'finding'; event: Extract<EventBody, { type: 'doctor' | 'report' }> }
  /** Something worth a line in the log. */
  | { type: 'note'; level: 'info' | 'warn'; message: string; details: Record<string, unknown> }
  | { type: 'ended'; end: 'succeeded' | 'stopped' }
  | { type: 'ended'; end: 'failed'; error: JobError };
