/**
 * Deletes a dataset, which goes only when no job needs it: also when a job over it is submitted in the same moment (`submit.ts`).
 */
import type { DatasetStore } from '../../data/datasets/stored/store.ts';
import { ConflictError } from '../../platform/errors.ts';
import { datasetOf } from '../../spec/completion.ts';
import { specOf } from '../record.ts';
import type { JobStore } from '../store.ts';

/** @throws NotFoundError; ConflictError `dataset_in_use` while a job that is not over trains on it. */
export async function deleteDataset(deps: { datasets: DatasetStore; store: JobStore }, id: string): Promise<void> {
  const { datasets, store } = deps;
  await throwIfNeeded(store, id);
  const withdrawn = await datasets.withdraw(id);
  try {
    await throwIfNeeded(store, id);
  } catch (error) {
    await withdrawn.restore();
    throw error;
  }
  await withdrawn.delete();
}

async function throwIfNeeded(store: JobStore, id: string): Promise<void> {
  const users: string[] = [];
  for await (const job of store.unfinished()) if (datasetOf(specOf(job)) === id) users.push(job.id);
  if (users.length === 0) return;
  const more = users.length > 1 ? `, and ${users.length - 1} more` : '';
  throw new ConflictError('dataset_in_use', `The dataset ${id} is needed by the job ${users[0]}${more}.`);
}
