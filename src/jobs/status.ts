/**
 * The states of a job. What leads from one to another is in `decisions/`.
 */
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
