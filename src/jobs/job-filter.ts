/**
 * Which jobs a caller means: by what lists, cancels and removes them.
 */
import type { Job } from './record.ts';
import type { JobStatus } from './status.ts';

export interface JobFilter {
  status?: JobStatus;
  /** Exactly this name. */
  name?: string;
  /** Submitted before this time. */
  createdBefore?: string;
}

/** Whether a job fits what the index of statuses does not know. undefined: every job does. */
export function fitOf({ name, createdBefore }: JobFilter): ((job: Job) => boolean) | undefined {
  if (name === undefined && createdBefore === undefined) return undefined;
  const before = createdBefore === undefined ? Number.POSITIVE_INFINITY : Date.parse(createdBefore);
  return (job) => (name === undefined || job.name === name) && Date.parse(job.createdAt) < before;
}
