/**
 * The examples of aliases.
 */
import { exampleAlias, exampleHash, exampleJob, finishedAt } from './ids.ts';

export const aliasTarget = { job: exampleJob, checkpoint: 'best' };

export const alias = {
  name: exampleAlias,
  job: exampleJob,
  checkpoint: { step: 3000, sha256: exampleHash },
  canary: null,
  version: 1,
  at: finishedAt,
};
