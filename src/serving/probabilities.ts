/**
 * Class probabilities of a caller's sequences from a model that is loaded. It keeps its thread busy: the threads of the
 * pool run it, and the event loop for what takes microseconds.
 */
import { forwardFlops } from '../model/cost.ts';
import type { ModelDescription } from '../model/description.ts';
import { InvalidInputError, type Issue } from '../platform/errors.ts';
import { invalidInput } from '../platform/input/invalid-input.ts';
import { limits } from '../platform/limits.ts';
import { onceEach } from '../platform/once-each.ts';
import type { OpenModel } from './models/loaded-model.ts';
import type { InitialState } from './prediction-request.ts';

/**
 * One sequence of a caller: a list of steps, each what it was in training, a number, a list of them where there are
 * several features, or a string; or the numbers of all steps as [T,I], as they were uploaded.
 */
export type GivenSequence = unknown;

/** Steps of all sequences together; what is no sequence has none. */
export function stepsOf(sequences: readonly GivenSequence[], features: number): number {
  return sequences.reduce<number>((sum, sequence) => sum + lengthOf(sequence, features), 0);
}

function lengthOf(sequence: GivenSequence, features: number): number {
  if (sequence instanceof Float32Array) return Math.ceil(sequence.length / features);
  return Array.isArray(sequence) ? sequence.length : 0;
}

/**
 * The probabilities [T,C] of each sequence.
 * @param from how each starts, or one row's state vectors that it goes on from.
 * @param isAwaited asked before each sequence: whether somebody still waits for the answer. If nobody does, the predictions end there.
 * @param pathOf what errors call a sequence.
 * @throws InvalidInputError with the path of each bad number.
 */
export function computeProbabilities(
  model: OpenModel,
  sequences: readonly GivenSequence[],
  from: InitialState | Float32Array,
  isAwaited: () => boolean,
  pathOf?: (sequence: number) => string,
): Float32Array[] {
  const { predictor, description } = model;
  const state = startOf(model, from);
  const probabilities: Float32Array[] = [];
  for (const inputs of encodeSequences(sequences, model, pathOf)) {
    if (!isAwaited()) break;
    const predicted = predictor.predict(inputs, inputs.length / description.input.features, state);
    ensureFinite(predicted, description.head.classes, (pathOf ?? pathOfSequence)(probabilities.length));
    probabilities.push(predicted);
  }
  return probabilities;
}

/** The state from which a sequence starts, or, given as one, goes on; undefined: zero. */
export function startOf(model: OpenModel, from: InitialState | Float32Array): Float32Array | undefined {
  if (from instanceof Float32Array) return from;
  return from === 'trained' ? (model.initialState ?? undefined) : undefined;
}

/** What comes of some more steps of a sequence. */
export interface Proceeded {
  /** [T,C] */
  probabilities: Float32Array;
  /** One row's state vectors after the last step. */
  state: Float32Array;
}

/**
 * Goes on with a sequence from where it is, or begins it.
 * @throws InvalidInputError with the path of each bad number, from `steps` on.
 */
export function proceed(model: OpenModel, steps: readonly unknown[], from: InitialState | Float32Array): Proceeded {
  const [inputs] = encodeSequences([steps], model, () => 'steps');
  const probabilities = model.predictor.predict(inputs, steps.length, startOf(model, from));
  ensureFinite(probabilities, model.description.head.classes, 'steps');
  return { probabilities, state: model.predictor.finalState() };
}

/** The sequences as the model sees them, [T,I] each. @throws InvalidInputError that lists what is wrong with them. */
export function encodeSequences(
  sequences: readonly GivenSequence[],
  { encoder, description }: OpenModel,
  pathOf = pathOfSequence,
): Float32Array[] {
  const excess = excessOf(stepsOf(sequences, description.input.features), description);
  if (excess) throw invalidInput('request', [{ path: pathOf(0).replace('[0]', ''), message: excess }]);
  const issues: Issue[] = [];
  const encoded: Float32Array[] = [];
  for (const [s, sequence] of sequences.entries()) {
    if (issues.length >= limits.errors) break;
    try {
      encoded.push(encoder.encode(sequence, pathOf(s)));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      issues.push(...error.issues);
    }
  }
  // An encoder, too, notes no more of a sequence than are listed.
  if (issues.length > 0) throw invalidInput('request', issues, { isCutShort: issues.length >= limits.errors });
  return encoded;
}

function pathOfSequence(sequence: number): string {
  return `sequences[${sequence}]`;
}

/**
 * Inputs of the order of what float32 holds can make sums overflow. Of a softmax all probabilities are then NaN.
 * @throws InvalidInputError
 */
function ensureFinite(probabilities: Float32Array, classes: number, path: string): void {
  const step = overflowOf(probabilities, classes);
  if (step === undefined) return;
  const message = `makes the model overflow at step ${step}: its numbers are too large for float32`;
  throw invalidInput('request', [{ path, message }]);
}

/** The first step at which the model has overflowed; undefined: none. @param probabilities [T,C] */
export function overflowOf(probabilities: Float32Array, classes: number): number | undefined {
  for (let at = 0; at < probabilities.length; at += classes) if (Number.isNaN(probabilities[at])) return at / classes;
  return undefined;
}

/** What is too much of so many steps for one request; undefined: nothing is. */
function excessOf(steps: number, model: ModelDescription): string | undefined {
  const { limit, reason } = mostSteps(model);
  return steps > limit ? `have ${steps} steps in all; ${reason}the limit is ${limit}` : undefined;
}

/** The most steps of one request, and whose limit that is. */
const mostSteps = onceEach((model: ModelDescription) => {
  const { classes } = model.head;
  const { features } = model.input;
  const affordable: [number, string][] = [
    [limits.predictSteps, ''],
    [Math.floor(limits.predictFlops / forwardFlops(model, 1)), 'for a model of this size '],
    [
      Math.floor(limits.predictNumbers / classes),
      `for a model of ${classes} classes, with ${limits.predictNumbers} probabilities in an answer, `,
    ],
    [
      Math.floor(limits.predictInputs / features),
      `for a model of ${features} features, with ${limits.predictInputs} inputs in a request, `,
    ],
  ];
  const [limit, reason] = affordable.reduce((least, next) => (next[0] < least[0] ? next : least));
  return { limit, reason };
});
