/**
 * Submits a job: completes its spec, makes sure that it can be run and stored, and records it. From then on the job is accepted.
 */
import type { InitialModel } from '../../checkpoints/initial/initial-model.ts';
import { NotFoundError } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { show } from '../../platform/input/shown.ts';
import { datasetOf, noSuchDataset } from '../../spec/completion.ts';
import { diskBytes } from '../../spec/disk-use.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import { specOf } from '../record.ts';
import type { JobStore, Submitted } from '../store.ts';
import { type CompletionDeps, completeJobSpec } from './complete.ts';
import { submitWithFiles } from './files-first.ts';
import { copyInitialFor } from './initial-model.ts';
import type { ChooseOfferedEngine } from './offered-engine.ts';
import type { JobService } from './steer.ts';

interface SubmitDeps extends CompletionDeps {
  jobs: JobService;
  store: JobStore;
  chooseOfferedEngine: ChooseOfferedEngine;
  /** How much the checkpoints of all jobs may take; not given: there is no limit. */
  checkpointQuota?: { reserve(bytes: number): Promise<void> };
}

/**
 * The job of a resolved spec. With an idempotency key, the job that an earlier request with it made, whatever has become of
 * the queue, the quota, the dataset or the engines since.
 * @throws InvalidInputError where the spec does not fit its dataset, or there is none; EngineUnavailableError; QuotaError;
 * QueueFullError; ConflictError `idempotency_key_reused` where another request used the key.
 */
export async function submitJob(deps: SubmitDeps, requested: JobSpec, idempotencyKey?: string): Promise<Submitted> {
  const { jobs, chooseOfferedEngine, checkpointQuota } = deps;
  const known = idempotencyKey === undefined ? undefined : await jobs.submittedBefore(requested, idempotencyKey);
  if (known) return { job: known, repeated: true };
  const { spec, facts, initial } = await completeJobSpec(deps, requested);
  if (spec.basedOn !== undefined) await ensureJob(jobs, spec.basedOn);
  // An engine that nobody offers is refused here, before anything is queued.
  if (spec.engine !== 'auto') await chooseOfferedEngine(spec, facts);
  const bytes = diskBytes(spec, facts);
  await checkpointQuota?.reserve(bytes);
  const submit = (id?: string) => jobs.submit(spec, idempotencyKey, requested, bytes, id);
  const submitted = initial ? await submitFrom(deps, initial, submit) : await submit();
  await throwIfDeleted(deps, submitted);
  return submitted;
}

/**
 * The job gets a copy of the checkpoint that it starts from before anybody can take it up: it never depends on what
 * becomes of the job that the checkpoint is of.
 */
function submitFrom(
  { store, initialModels }: SubmitDeps,
  initial: InitialModel,
  submit: (id: string) => Promise<Submitted>,
): Promise<Submitted> {
  return submitWithFiles({
    unsettled: store.unsettled,
    keep: (id) => copyInitialFor(initialModels, id, initial),
    submit,
    drop: (id) => initialModels.drop(id),
  });
}

/** @throws InvalidInputError where there is no such job to compare with. */
async function ensureJob(jobs: JobService, id: string): Promise<void> {
  try {
    await jobs.get(id);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw invalidInput('job spec', [
      { path: 'basedOn', message: `is ${show(id)}, but there is no such job`, rule: 'unknown-id' },
    ]);
  }
}

/**
 * The deletion of a dataset withdraws it first and looks for jobs then; here the job is recorded first, and its dataset
 * looked for then: one of the two sees the other.
 * @throws InvalidInputError where the dataset is deleted in this moment; the job is gone again then.
 */
async function throwIfDeleted({ jobs, datasets }: SubmitDeps, { job, repeated }: Submitted): Promise<void> {
  const id = datasetOf(specOf(job));
  if (id === undefined || repeated || (await datasets.find(id))) return;
  await jobs.remove(job.id);
  throw noSuchDataset(id);
}
