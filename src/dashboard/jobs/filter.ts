/**
 * Which jobs of the list are shown: those of a status whose name, id, task or engine has all words of the search.
 */
import type { RemoteJob } from '../../client/client.ts';
import { type JobStatus, statuses } from '../../jobs/status.ts';
import { originOf } from './actions.ts';

export interface ListFilter {
  status?: JobStatus;
  search: string;
}

export function filterOf(query: URLSearchParams): ListFilter {
  const status = statuses.find((name) => name === query.get('status'));
  return { status, search: query.get('search') ?? '' };
}

export function filtered(jobs: readonly RemoteJob[], { status, search }: ListFilter): readonly RemoteJob[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (status === undefined && words.length === 0) return jobs;
  return jobs.filter((job) => {
    if (status !== undefined && job.status !== status) return false;
    if (words.length === 0) return true;
    const text = `${job.name ?? ''} ${job.id} ${originOf(job)} ${job.engine?.name ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** How many jobs have each status; statuses that none has are left out. */
export function countByStatus(jobs: readonly RemoteJob[]): [JobStatus, number][] {
  const counts = new Map<JobStatus, number>();
  for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1);
  return statuses.flatMap((status) => (counts.has(status) ? [[status, counts.get(status)!]] : []));
}
