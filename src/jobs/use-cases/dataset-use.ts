/**
 * Datasets and the jobs that need them: a job is accepted only over a dataset that is there, and a dataset goes only when no job needs it, also when both are asked for in the same moment.
 */
import type { DatasetFacts } from '../../data/datasets/dataset.ts';
import type { DatasetStore } from '../../data/datasets/stored/store.ts';
import { ConflictError } from '../../platform/errors.ts';
import { completeSpec, datasetOf, noSuchDataset } from '../../spec/completion.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import type { Job } from '../record.ts';
import type { JobStore } from '../store.ts';
import type { JobService } from './service.ts';

/** A spec as it will run, with the facts of its dataset, if it has one. */
export interface CompleteSpec {
  spec: JobSpec;
  facts?: DatasetFacts;
}

export class DatasetUse {
  readonly #datasets: DatasetStore;
  readonly #store: JobStore;
  readonly #jobs: JobService;

  constructor({ datasets, store, jobs }: { datasets: DatasetStore; store: JobStore; jobs: JobService }) {
    this.#datasets = datasets;
    this.#store = store;
    this.#jobs = jobs;
  }

  /** @throws InvalidInputError, with the path `task.dataset` where there is no such dataset. */
  async complete(spec: JobSpec): Promise<CompleteSpec> {
    const id = datasetOf(spec);
    const facts = id === undefined ? undefined : await this.#datasets.facts(id);
    return { spec: completeSpec(spec, facts), facts };
  }

  /**
   * Accepts a job. Whoever deletes a dataset withdraws it first and looks for jobs then; here the job is recorded first, and its dataset looked for then: one of the two sees the other.
   * @throws InvalidInputError where the dataset is deleted in this moment; the job is gone again then.
   */
  async submit({ spec }: CompleteSpec, idempotencyKey?: string): Promise<{ job: Job; repeated: boolean }> {
    const submitted = await this.#jobs.submit(spec, idempotencyKey);
    const id = datasetOf(spec);
    if (id === undefined || submitted.repeated || (await this.#datasets.find(id))) return submitted;
    await this.#jobs.remove(submitted.job.id);
    throw noSuchDataset(id);
  }

  /** Runs a job again that is over; its dataset may have been deleted since. */
  async retry(jobId: string, startFrom: Job['startFrom']): Promise<Job> {
    const id = datasetOf((await this.#jobs.get(jobId)).spec);
    if (id !== undefined && !(await this.#datasets.find(id))) {
      throw new ConflictError('dataset_deleted', `The dataset ${id} of the job ${jobId} was deleted: upload it again.`);
    }
    return this.#jobs.ask('retry', jobId, { startFrom });
  }

  /** @throws NotFoundError; ConflictError `dataset_in_use` while a job that is not over trains on it. */
  async remove(id: string): Promise<void> {
    await this.#throwIfNeeded(id);
    const withdrawn = await this.#datasets.withdraw(id);
    try {
      await this.#throwIfNeeded(id);
    } catch (error) {
      await withdrawn.restore();
      throw error;
    }
    await withdrawn.delete();
  }

  async #throwIfNeeded(id: string): Promise<void> {
    const users: string[] = [];
    for await (const job of this.#store.unfinished()) if (datasetOf(job.spec) === id) users.push(job.id);
    if (users.length === 0) return;
    const more = users.length > 1 ? `, and ${users.length - 1} more` : '';
    throw new ConflictError('dataset_in_use', `The dataset ${id} is needed by the job ${users[0]}${more}.`);
  }
}
