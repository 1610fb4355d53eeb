/**
 * The protocols besides the native one, and how a call by any of them is computed: on the event loop or on a thread.
 */

import type { FoundCheckpoint } from '../../checkpoints/model-reference.ts';
import type { OpenModel } from '../models/loaded-model.ts';
import { computeProbabilities } from '../probabilities.ts';
import { readInference } from './open-inference/call.ts';
import type {
  AnsweredCall,
  PreparedCall,
  ProtocolCall,
  ProtocolMessage,
  ProtocolName,
  StartingState,
} from './protocol.ts';
import { readTensorflowServing } from './tensorflow-serving/call.ts';

const readers: Record<ProtocolName, (message: ProtocolMessage) => ProtocolCall> = {
  'open-inference': readInference,
  'tensorflow-serving': readTensorflowServing,
};

/** @throws InvalidInputError */
export function readMessage(message: ProtocolMessage): ProtocolCall {
  return readers[message.protocol](message);
}

/**
 * Keeps its thread busy.
 * @param isAwaited whether somebody still waits for the answer.
 * @returns undefined when nobody does.
 * @throws InvalidInputError
 */
export function answerCall(
  { sequence }: ProtocolCall,
  { sequences, pathOf, write }: PreparedCall,
  { open, found, from }: { open: OpenModel; found: FoundCheckpoint; from: StartingState },
  isAwaited: () => boolean,
): AnsweredCall | undefined {
  const predicted = computeProbabilities(open, sequences, from, isAwaited, pathOf);
  if (!isAwaited()) return undefined;
  const answer = write(found, predicted);
  if (!sequence) return { answer };
  const steps = predicted[0].length / open.description.head.classes;
  return { answer, reached: { steps, state: open.predictor.finalState() } };
}
