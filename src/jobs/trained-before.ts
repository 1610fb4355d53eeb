/**
 * Whether the jobs whose weights a job goes on from may have trained on what it holds out itself: a report on sequences
 * that its model has seen flatters it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JobSpec } from '../spec/job-spec.ts';
import type { JobReader } from './job-reader.ts';

/** Of a complete spec. What a job that is gone, or an import, was trained on is not known: it may have been anything. */
export async function mayBeTrainedBefore(jobs: Pick<JobReader, 'getAll'>, spec: JobSpec): Promise<boolean> {
  // A built-in task draws what it holds out anew: nobody has trained on it.
  if (spec.task.type !== 'dataset') return false;
  for (let source = spec.initFrom?.job; source !== undefined; ) {
    const before: JobSpec | null | undefined = (await jobs.getAll([source])).at(0)?.spec;
    if (!before) return true;
    if (before.task.type === 'dataset' && !isDeepStrictEqual(splitOf(before), splitOf(spec))) return true;
    source = before.initFrom?.job;
  }
  return false;
}

/** All that decides which sequences are held out. */
function splitOf({ task, data, training }: JobSpec) {
  return [task.type === 'dataset' && task.dataset, data.split, training.seed];
}
