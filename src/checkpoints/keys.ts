/**
 * Where a job's checkpoints and its report lie in the store.
 */
import { NotFoundError } from '../platform/errors.ts';
import { areas } from '../storage/areas.ts';
import { type Key, keyOf } from '../storage/key.ts';

const jobPattern = /^[A-Za-z0-9_-]{1,100}$/;
const stepPattern = /^step-(\d+)$/;

/** Under which each job has a key of its own. */
export const checkpointArea: Key = areas.checkpoints;

export function isJobId(name: string): boolean {
  return jobPattern.test(name);
}

/** @throws NotFoundError when it is no job id: ids that come from a caller must not lead elsewhere. */
export function jobKey(job: string): Key {
  if (!isJobId(job)) throw new NotFoundError('job', job);
  return keyOf(checkpointArea, job);
}

export function stepKey(job: string, step: number): Key {
  return keyOf(jobKey(job), `step-${step}`);
}

/** Of the checkpoint that a job starts from, if it does not start from fresh weights. */
export function initialKey(job: string): Key {
  return keyOf(jobKey(job), 'initial');
}

export function reportKey(job: string): Key {
  return keyOf(jobKey(job), 'report.json');
}

/** The steps among the names of groups, in their order. */
export function stepsAmong(names: readonly string[]): number[] {
  return names
    .flatMap((name) => stepPattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
