/**
 * What the jobs whose weights a job goes on from trained on, where that may hold what it holds out itself: a report on
 * sequences that its model has seen flatters it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DatasetSheet } from '../data/datasets/sheet.ts';
import type { DataUse } from '../data/used-before.ts';
import { NotFoundError } from '../platform/errors.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import type { JobReader } from './job-reader.ts';

/**
 * Of a complete spec: the data of those that held out other sequences; none: what is held out here, they held out as
 * well. null: what a job that is gone, or an import, was trained on is not known, it may have been anything.
 * @param sheetFor the sheet of the dataset that a spec names; null: its task is built in. Throws a NotFoundError.
 */
export async function trainedBefore(
  jobs: Pick<JobReader, 'getAll'>,
  spec: JobSpec,
  sheetFor: (spec: JobSpec) => Promise<DatasetSheet | null>,
): Promise<DataUse[] | null> {
  // A built-in task draws what it holds out anew: nobody has trained on it.
  if (spec.task.type !== 'dataset') return [];
  const used: DataUse[] = [];
  for (let source = spec.initFrom?.job; source !== undefined; ) {
    const before: JobSpec | null | undefined = (await jobs.getAll([source])).at(0)?.spec;
    if (!before) return null;
    if (before.task.type === 'dataset' && !isDeepStrictEqual(splitOf(before), splitOf(spec))) {
      const sheet = await sheetFor(before).catch(isGone);
      if (!sheet) return null;
      used.push({ sheet, split: before.data.split, seed: before.training.seed });
    }
    source = before.initFrom?.job;
  }
  return used;
}

function isGone(error: unknown): null {
  if (error instanceof NotFoundError) return null;
  throw error;
}

/** All that decides which sequences are held out. */
function splitOf({ task, data, training }: JobSpec) {
  return [task.type === 'dataset' && task.dataset, data.split, training.seed];
}
