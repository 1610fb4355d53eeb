/**
 * The thread that evaluates, beside the event loop. Loaded by `evaluator.ts` alone.
 */
import { CheckpointStore } from '../../checkpoints/store.ts';
import { DatasetStore } from '../../data/datasets/stored/store.ts';
import { predictingEngine } from '../../engine/predicting.ts';
import { type SentError, sendError } from '../../platform/error-transfer.ts';
import { openStore } from '../../storage/open.ts';
import { evaluateCheckpoint } from './evaluation/evaluate.ts';
import type { EvaluatedCheckpoint, EvaluationRequest } from './evaluation/evaluation-schema.ts';

export interface EvaluationTask {
  job: string;
  request: EvaluationRequest;
  storeLocation: string;
}

/** An error loses its class between threads. */
export type EvaluationOutcome =
  | { status: 'evaluated'; evaluated: EvaluatedCheckpoint }
  | { status: 'refused'; error: SentError };

export default async function evaluate({ job, request, storeLocation }: EvaluationTask): Promise<EvaluationOutcome> {
  try {
    const store = await openStore(storeLocation);
    const stores = {
      checkpoints: new CheckpointStore(store),
      datasets: new DatasetStore(store),
      engine: predictingEngine,
    };
    return { status: 'evaluated', evaluated: await evaluateCheckpoint(stores, job, request) };
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  }
}
