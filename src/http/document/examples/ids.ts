/**
 * What the examples of all operations have in common: one job, one dataset, and when things happened.
 */
export const exampleAlias = 'digits';
export const exampleJob = 'job_01m83h5vy4j01d5gf5abaznqt3';
export const exampleDataset = 'ds_092381c72bcfe6d46ad4733c';
export const exampleSession = 'session_0d4b7f0e6b8a4c399f0e3f6f2f9a1c55';

/** The id that stands in the path of an operation. */
export function exampleIdIn(path: string): string {
  if (path.startsWith('/v1/datasets/')) return exampleDataset;
  return path.startsWith('/v1/sessions/') ? exampleSession : exampleJob;
}

/** Of the weights after the last step of the job. */
export const exampleHash = 'a70ba1abf37819ffb965806dc0a2faf50fce5751403eb1da499c0c7314915560';

export const submittedAt = '2026-11-23T06:23:31.268Z';
export const startedAt = '2026-11-23T06:23:31.278Z';
export const finishedAt = '2026-11-23T06:23:32.201Z';
