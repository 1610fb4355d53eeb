/**
 * The examples of sessions.
 */
import { exampleHash, exampleJob, exampleSession, finishedAt } from './ids.ts';

const served = { id: exampleSession, job: exampleJob, checkpoint: { step: 3000, sha256: exampleHash } };

export const sessionRequest = { job: exampleJob, checkpoint: 'latest' };

export const session = { ...served, steps: 0, createdAt: finishedAt, expiresAt: '2026-11-23T06:38:32.201Z' };

export const nextSteps = { steps: [0, 0, 1], after: 0 };

export const stepPredictions = {
  ...served,
  steps: 3,
  predictions: [
    { class: 0, probabilities: [0.941, 0.015, 0.044, 0] },
    { class: 0, probabilities: [1, 0, 0, 0] },
    { class: 1, probabilities: [0, 1, 0, 0] },
  ],
};
