/**
 * What goes between the event loop and a thread that predicts.
 */

import type { FoundCheckpoint } from '../../checkpoints/model-reference.ts';
import type { SentError } from '../../platform/error-transfer.ts';
import type { DrawnData } from '../explain/draws.ts';
import type { ExplanationRequest } from '../explain/explanation.ts';
import type { LoadedModel } from '../models/loaded-model.ts';
import type { InitialState, PredictionRequest } from '../prediction-request.ts';
import type { GivenSequence } from '../probabilities.ts';
import type { AnsweredCall, ProtocolMessage, StartingState } from '../protocols/protocol.ts';

/** What becomes of a request, as the event loop and the thread both see it. */
export const taskStates = { wanted: 0, dropped: 1 } as const;

/** A model to compute with, as it is handed to a thread. */
export interface HandedModel {
  found: FoundCheckpoint;
  loaded: LoadedModel;
}

export interface StepsWork {
  steps: readonly unknown[];
  /** The state after the steps so far, or how the sequence starts. */
  from: InitialState | Float32Array;
  /** What the answer says before its predictions. */
  head: object;
}

export type PredictionWork =
  /** A request, to be answered in JSON. */
  | { kind: 'request'; request: PredictionRequest; model: HandedModel }
  /** The same as its bytes, as they came; its model is asked for over `port`, a `ModelReference` for a `ModelAnswer`. */
  | { kind: 'body'; bytes: Uint8Array<ArrayBuffer>; port: import('node:worker_threads').MessagePort }
  /** Sequences to be explained, in JSON; without data the inputs of the request are drawn from. */
  | { kind: 'explain'; request: ExplanationRequest; data: DrawnData | undefined; model: HandedModel }
  /** A request by another protocol; its model is asked for over `port`, by its `SequencePosition` for a `StartAnswer`. */
  | { kind: 'message'; message: ProtocolMessage; port: import('node:worker_threads').MessagePort }
  /** More steps of a sequence, to be answered by their predictions, as JSON that begins with `head`, and the state. */
  | ({ kind: 'steps'; model: HandedModel } & StepsWork)
  /** Sequences, to be answered by their probabilities. */
  | { kind: 'sequences'; sequences: readonly GivenSequence[]; initialState: InitialState; model: HandedModel };

/** null: it cannot be had; the event loop knows why. */
export type ModelAnswer = HandedModel | null;

/** What every thread is told. */
export interface PredictorSettings {
  storeLocation: string;
}
/** A model with where a call starts from; null: as in `ModelAnswer`. */
export type StartAnswer = { model: HandedModel; from: StartingState } | null;

export interface PredictionTask {
  work: PredictionWork;
  /** Where in a model's memory this task may work, alone of all that are under way. */
  lane: number;
  /** One of `taskStates`, shared. */
  state: Int32Array<SharedArrayBuffer>;
}

/** An error loses its class between threads. */
export type PredictionOutcome =
  | { status: 'answered'; json: Uint8Array<ArrayBuffer> }
  /** [T,C] of each sequence. */
  | { status: 'computed'; probabilities: Float32Array<ArrayBuffer>[] }
  | { status: 'translated'; answered: AnsweredCall }
  | { status: 'proceeded'; json: Uint8Array<ArrayBuffer>; state: Float32Array }
  | { status: 'refused'; error: SentError }
  | { status: 'dropped' };
