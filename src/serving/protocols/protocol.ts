/**
 * What a protocol besides the native one is made of: it reads a request into a call, and writes the answer to it. No
 * protocol knows HTTP, and none computes: `answer-call.ts` does, on the event loop or on a thread of the pool.
 */

import type { FoundCheckpoint } from '../../checkpoints/model-reference.ts';
import type { OpenModel } from '../models/loaded-model.ts';
import type { GivenSequence } from '../probabilities.ts';

export type ProtocolName = 'open-inference' | 'tensorflow-serving';

/** A request as it came. */
export interface ProtocolMessage {
  protocol: ProtocolName;
  /** What the request calls the model: the id of a job, or an alias. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the JSON in front of binary tensors, as the request says it; undefined: it says nothing, and all is JSON. */
  headerLength?: string;
}

/** Where a request stands in a sequence of requests. */
export interface SequencePosition {
  id: string | number;
  isStart: boolean;
  isEnd: boolean;
}

/** A request that was read. */
export interface ProtocolCall {
  sequence?: SequencePosition;
  /** @throws InvalidInputError where its sequences do not fit the model. */
  prepare(model: OpenModel): PreparedCall;
}

/** A request for one model. */
export interface PreparedCall {
  sequences: GivenSequence[];
  /** That the answer tells of: those of all sequences, and what fills up the shorter ones. */
  steps: number;
  /** What errors call a sequence. */
  pathOf(sequence: number): string;
  /** @param predicted the probabilities [T,C] of each sequence. */
  write(found: FoundCheckpoint, predicted: readonly Float32Array[]): ProtocolAnswer;
}

export interface ProtocolAnswer {
  bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the JSON in front of binary tensors; undefined: all is JSON. */
  headerLength?: number;
}

/** @throws InvalidInputError */
export type ReadsMessage = (message: ProtocolMessage) => ProtocolCall;

/** An answer, and, of a call within a sequence, what the next one goes on from. */
export interface AnsweredCall {
  answer: ProtocolAnswer;
  /** undefined: the call is no part of a sequence. */
  reached?: SequenceState;
}

/** How far a sequence has come. */
export interface SequenceState {
  /** Steps that were computed by this call. */
  steps: number;
  /** One row's state vectors after them. */
  state: Float32Array;
}

/** From where sequences start: as the model was trained, or from one row's state vectors. */
export type StartingState = 'trained' | Float32Array;
