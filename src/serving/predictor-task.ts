/**
 * What goes between the event loop and a thread that predicts.
 */

import type { ModelDescription } from '../model/description.ts';
import type { SentError } from '../platform/error-transfer.ts';
import type { PredictionRequest } from './prediction-request.ts';

export interface PredictorSettings {
  /** Of the store with the checkpoints. */
  storeLocation: string;
  /** What the models that this thread keeps loaded may take. */
  cacheBytes: number;
}

/** What becomes of a request, as the event loop and the thread both see it. */
export const taskStates = { waiting: 0, running: 1, dropped: 2 } as const;

export interface PredictionTask {
  /** A request, or its bytes as they came. */
  work: PredictionRequest | Uint8Array<ArrayBuffer>;
  /** One of `taskStates`, shared. */
  state: Int32Array<SharedArrayBuffer>;
}

/** An error loses its class between threads. */
export type PredictionOutcome =
  | { status: 'predicted'; job: string; model: ModelDescription; json: Uint8Array }
  | { status: 'refused'; job?: string; error: SentError }
  | { status: 'dropped' };
