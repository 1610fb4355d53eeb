/**
 * Predictions for the process that answers requests, whatever protocol they come by: on its event loop what takes well
 * under a millisecond, on the threads of the pool everything else.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { FoundCheckpoint, ModelReference } from '../checkpoints/model-reference.ts';
import { forwardFlops } from '../model/cost.ts';
import type { ModelDescription } from '../model/description.ts';
import { receiveError } from '../platform/error-transfer.ts';
import { RawJson } from '../platform/input/json.ts';
import { onceEach } from '../platform/once-each.ts';
import type { DrawnData } from './explain/draws.ts';
import type { ExplanationRequest } from './explain/explanation.ts';
import type { WrittenJson } from './json-bytes.ts';
import type { ServedModel, ServedModels } from './models/served-models.ts';
import { formOf, predictionJson, stepsJson } from './prediction-json.ts';
import type { InitialState, PredictionRequest } from './prediction-request.ts';
import type { PreparedPrediction } from './prepared-predictions.ts';
import {
  computeProbabilities,
  encodeSequences,
  type GivenSequence,
  proceed,
  startOf,
  stepsOf,
} from './probabilities.ts';
import type { AnsweredCall, ProtocolMessage, SequencePosition, StartingState } from './protocols/protocol.ts';
import { answerCall, readMessage } from './protocols/protocols.ts';
import { eventLoopLane, type OnGone, type PredictorPool } from './threads/predictor-pool.ts';
import type {
  HandedModel,
  ModelAnswer,
  PredictionOutcome,
  PredictionWork,
  StartAnswer,
  StepsWork,
} from './threads/predictor-task.ts';

/** What may run on the event loop, where a thread would cost more than it saves: 0.1 ms of computing, 0.4 ms of JSON. */
const inline = { flops: 2e6, numbers: 2_000, bytes: 2 ** 14 };

/** Sequences for a model, by any protocol. */
export interface PredictionCall extends ModelReference {
  sequences: readonly GivenSequence[];
  initialState: InitialState;
}

/** What a model makes of sequences. */
export interface Predicted {
  model: ServedModel;
  /** [T,C] of each sequence. */
  probabilities: Float32Array[];
}

/** What comes of some more steps of a sequence. */
export interface AnsweredSteps {
  json: WrittenJson;
  /** One row's state vectors after the last step. */
  state: Float32Array;
}

/** Where a call by another protocol begins. */
export type BeginsCall = (
  sequence: SequencePosition | undefined,
) => Promise<{ model: ServedModel; from: StartingState }>;

/** `dropped`: nobody waits for it any more. */
export type Outcome<T> = { status: 'predicted'; answer: T } | { status: 'dropped' };

export class PredictionService {
  readonly models: ServedModels;
  readonly #pool: PredictorPool;

  constructor(models: ServedModels, pool: PredictorPool) {
    this.models = models;
    this.#pool = pool;
  }

  /**
   * The probabilities of sequences: what every protocol is made of.
   * @param onGone takes what is to be called when the caller has gone.
   * @throws NotFoundError, CorruptCheckpointError; InvalidInputError with the path of each bad number, from `sequences`
   *   on; BusyError while too many predictions wait.
   */
  async predict(call: PredictionCall, onGone: OnGone): Promise<Outcome<Predicted>> {
    const model = this.models.resident(call) ?? (await this.models.resolve(call));
    const { sequences, initialState } = call;
    if (isSmall(model, sequences)) {
      return { status: 'predicted', answer: { model, probabilities: compute(model, sequences, initialState) } };
    }
    const outcome = await this.#pool.run({ kind: 'sequences', sequences, initialState, model: handed(model) }, onGone);
    if (outcome.status !== 'computed') return notComputed(outcome);
    return { status: 'predicted', answer: { model, probabilities: outcome.probabilities } };
  }

  /**
   * The answer to a request, as JSON.
   * @param request or its bytes, where they are too many to be parsed on the event loop.
   * @throws as `predict`
   */
  async answer(request: PredictionRequest | RawJson, onGone: OnGone): Promise<Outcome<WrittenJson>> {
    if (request instanceof RawJson) return this.#answerBody(request.bytes, onGone);
    const model = this.models.resident(request) ?? (await this.models.resolve(request));
    if (!isSmall(model, request.sequences)) {
      return answered(await this.#pool.run({ kind: 'request', request, model: handed(model) }, onGone));
    }
    const { description, labels } = model.open;
    const probabilities = compute(model, request.sequences, request.initialState);
    const names = { classes: description.head.classes, labels };
    const answer = predictionJson(model, probabilities, names, formOf(request, description.head.at));
    return { status: 'predicted', answer: answer.forAnswer() };
  }

  /**
   * The same request made ready to be answered at once, by `answerTogether`: now, where its model lies ready, or when
   * it was found and loaded; undefined: it has too much to do.
   * @throws as `predict`
   */
  prepare(request: PredictionRequest): PreparedPrediction | undefined | Promise<PreparedPrediction | undefined> {
    const model = this.models.resident(request);
    return model ? prepared(model, request) : this.models.resolve(request).then((found) => prepared(found, request));
  }

  /**
   * Goes on with a sequence: what sessions are made of.
   * @returns the predictions after the steps, as JSON, and the state after the last of them.
   * @throws InvalidInputError with the path of each bad number, from `steps` on; BusyError
   */
  async proceed(model: ServedModel, work: StepsWork, onGone: OnGone): Promise<Outcome<AnsweredSteps>> {
    const { description, labels, predictor } = model.open;
    if (isSmall(model, [work.steps])) {
      predictor.useLane(eventLoopLane);
      const { probabilities, state } = proceed(model.open, work.steps, work.from);
      const json = stepsJson(work.head, probabilities, { classes: description.head.classes, labels }).forAnswer();
      return { status: 'predicted', answer: { json, state } };
    }
    const outcome = await this.#pool.run({ kind: 'steps', ...work, model: handed(model) }, onGone);
    if (outcome.status !== 'proceeded') return notComputed(outcome);
    return { status: 'predicted', answer: { json: outcome.json, state: outcome.state } };
  }

  /** Why the model says what it says, as JSON. @param data where inputs are drawn from; undefined: from the request. */
  async explain(
    model: ServedModel,
    request: ExplanationRequest,
    data: DrawnData | undefined,
    onGone: OnGone,
  ): Promise<Outcome<Uint8Array>> {
    return answered(await this.#pool.run({ kind: 'explain', request, data, model: handed(model) }, onGone));
  }

  /**
   * The answer to a request by another protocol.
   * @param begin finds the model, and where the call starts from; it is called once, when the request was read.
   * @throws InvalidInputError, BusyError, and what `begin` throws.
   */
  async translate(message: ProtocolMessage, begin: BeginsCall, onGone: OnGone): Promise<Outcome<AnsweredCall>> {
    if (message.bytes.length > inline.bytes) return this.#translateBody(message, begin, onGone);
    const call = readMessage(message);
    const { model, from } = await begin(call.sequence);
    const prepared = call.prepare(model.open);
    if (!isSmall(model, prepared.sequences, prepared.steps)) {
      return this.#translateBody(message, async () => ({ model, from }), onGone);
    }
    model.open.predictor.useLane(eventLoopLane);
    const answered = answerCall(call, prepared, { open: model.open, found: foundOf(model), from }, () => true);
    return answered ? { status: 'predicted', answer: answered } : { status: 'dropped' };
  }

  /** A thread reads the request, and asks for where it begins. */
  async #translateBody(message: ProtocolMessage, begin: BeginsCall, onGone: OnGone): Promise<Outcome<AnsweredCall>> {
    const answer = async (sequence: SequencePosition | undefined): Promise<StartAnswer> => {
      const { model, from } = await begin(sequence);
      return { model: handed(model), from };
    };
    const outcome = await this.#runAsking(answer, (port) => ({ kind: 'message', message, port }), onGone);
    return outcome.status === 'translated' ? { status: 'predicted', answer: outcome.answered } : notComputed(outcome);
  }

  /** A thread parses the body, and asks for the model that it names. */
  async #answerBody(bytes: Uint8Array<ArrayBuffer>, onGone: OnGone): Promise<Outcome<Uint8Array>> {
    const answer = async (reference: ModelReference): Promise<ModelAnswer> =>
      handed(await this.models.resolve(reference));
    return answered(await this.#runAsking(answer, (port) => ({ kind: 'body', bytes, port }), onGone));
  }

  /** Runs what asks one question over its port. @throws what `answer` throws */
  async #runAsking<Q>(
    answer: (question: Q) => Promise<unknown>,
    work: (port: MessagePort) => PredictionWork,
    onGone: OnGone,
  ): Promise<PredictionOutcome> {
    const { port1, port2 } = new MessageChannel();
    let failure: unknown;
    port1.once('message', async (question: Q) => {
      const found = await answer(question).catch((error) => {
        failure = error;
        return null;
      });
      port1.postMessage(found);
    });
    try {
      const outcome = await this.#pool.run(work(port2), onGone);
      if (failure !== undefined) throw failure;
      return outcome;
    } finally {
      port1.close();
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

function prepared(model: ServedModel, request: PredictionRequest): PreparedPrediction | undefined {
  if (!isSmall(model, request.sequences)) return undefined;
  return {
    model,
    sequences: encodeSequences(request.sequences, model.open),
    initialState: startOf(model.open, request.initialState),
    form: formOf(request, model.open.description.head.at),
  };
}

function compute({ open }: ServedModel, sequences: readonly GivenSequence[], initialState: InitialState) {
  open.predictor.useLane(eventLoopLane);
  return computeProbabilities(open, sequences, initialState, () => true);
}

/** @param answered steps that the answer tells of, where that are more than the sequences have. */
function isSmall({ open: { description } }: ServedModel, sequences: readonly GivenSequence[], answered = 0): boolean {
  const { input, head } = description;
  const steps = stepsOf(sequences, input.features);
  const numbers = steps * input.features + Math.max(steps, answered) * head.classes;
  return steps * flopsOfStep(description) <= inline.flops && numbers <= inline.numbers;
}

const flopsOfStep = onceEach((model: ModelDescription) => forwardFlops(model, 1));

function handed(model: ServedModel): HandedModel {
  return { found: foundOf(model), loaded: model.loaded };
}

function foundOf({ job, model, checkpoint }: ServedModel): FoundCheckpoint {
  return { job, ...(model === undefined ? {} : { model }), checkpoint };
}

function answered(outcome: PredictionOutcome): Outcome<Uint8Array> {
  return outcome.status === 'answered' ? { status: 'predicted', answer: outcome.json } : notComputed(outcome);
}

function notComputed(outcome: PredictionOutcome): { status: 'dropped' } {
  if (outcome.status === 'dropped') return outcome;
  if (outcome.status === 'refused') throw receiveError(outcome.error);
  throw new TypeError(`A thread has ${outcome.status} what was not asked for.`);
}
