/**
 * A thread that predicts: what may take longer than the event loop can be held. It parses a request that comes as
 * bytes, computes, and writes the answer as JSON. Loaded by `predictor-pool.ts` alone.
 */

import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { ModelReference } from '../../checkpoints/model-reference.ts';
import { joinedArrays } from '../../model/arrays.ts';
import { sendError } from '../../platform/error-transfer.ts';
import { parseJson } from '../../platform/input/json.ts';
import { parse } from '../../platform/input/validation.ts';
import { UnseenMemory } from '../../platform/process/unseen-memory.ts';
import { openStore } from '../../storage/open.ts';
import { drawsOf } from '../explain/draws.ts';
import { explainSequences } from '../explain/intervention.ts';
import { bytesOfModel, openModel } from '../models/loaded-model.ts';
import { formOf, predictionJson, stepsJson } from '../prediction-json.ts';
import { type InitialState, PredictionRequest } from '../prediction-request.ts';
import { computeProbabilities, type GivenSequence, proceed } from '../probabilities.ts';
import { answerCall, readMessage } from '../protocols/protocols.ts';
import {
  type HandedModel,
  type ModelAnswer,
  type PredictionOutcome,
  type PredictionTask,
  type PredictorSettings,
  type StartAnswer,
  taskStates,
} from './predictor-task.ts';

const { storeLocation } = workerData as PredictorSettings;
const unseen = new UnseenMemory();

export default async function predict({ work, lane, state }: PredictionTask): Promise<PredictionOutcome> {
  const isWanted = () => Atomics.load(state, 0) === taskStates.wanted;
  // Nothing is left of what was predicted before.
  unseen.collect();
  const openIn = (model: HandedModel) => {
    const open = openModel(model.loaded);
    unseen.willLetGo(model.loaded.sha256, bytesOfModel(model.loaded));
    open.predictor.useLane(lane);
    return open;
  };
  const compute = (model: HandedModel, sequences: readonly GivenSequence[], initialState: InitialState) => {
    const open = openIn(model);
    return { open, probabilities: computeProbabilities(open, sequences, initialState, isWanted) };
  };
  const answer = (model: HandedModel, request: PredictionRequest): PredictionOutcome => {
    const { open, probabilities } = compute(model, request.sequences, request.initialState);
    if (!isWanted()) return { status: 'dropped' };
    const { description, labels } = open;
    const names = { classes: description.head.classes, labels };
    const json = predictionJson(model.found, probabilities, names, formOf(request, description.head.at));
    // Its own memory, which can be handed over.
    const bytes = new Uint8Array(json.bytes());
    return withoutCopy({ status: 'answered', json: bytes }, [bytes]);
  };
  try {
    if (!isWanted()) return { status: 'dropped' };
    switch (work.kind) {
      case 'request':
        return answer(work.model, work.request);
      case 'body': {
        const request = parse(PredictionRequest, parseJson(Buffer.from(work.bytes.buffer)), 'body');
        const { job, model: alias, checkpoint } = request;
        const question: ModelReference = { job, model: alias, checkpoint };
        const model = await answerTo<ModelAnswer>(question, work.port);
        return model ? answer(model, request) : { status: 'dropped' };
      }
      case 'explain': {
        const open = openIn(work.model);
        const draws = work.data && (await drawsOf(work.data, open.encoder, await openStore(storeLocation)));
        const explained = explainSequences(
          open,
          work.request,
          (encoded) => draws?.values ?? joinedArrays(encoded),
          isWanted,
        );
        if (!isWanted()) return { status: 'dropped' };
        const answer = { ...work.model.found, drawnFrom: draws?.from ?? 'request', ...explained };
        return { status: 'answered', json: new TextEncoder().encode(JSON.stringify(answer)) };
      }
      case 'message': {
        const call = readMessage(work.message);
        const start = await answerTo<StartAnswer>(call.sequence, work.port);
        if (!start) return { status: 'dropped' };
        const { model, from } = start;
        const open = openIn(model);
        const answered = answerCall(call, call.prepare(open), { open, found: model.found, from }, isWanted);
        if (!answered) return { status: 'dropped' };
        const answer = { ...answered.answer, bytes: new Uint8Array(answered.answer.bytes) };
        return withoutCopy({ status: 'translated', answered: { ...answered, answer } }, [answer.bytes]);
      }
      case 'steps': {
        const open = openIn(work.model);
        const { probabilities, state: after } = proceed(open, work.steps, work.from);
        const names = { classes: open.description.head.classes, labels: open.labels };
        const bytes = new Uint8Array(stepsJson(work.head, probabilities, names).bytes());
        return withoutCopy({ status: 'proceeded', json: bytes, state: after }, [bytes]);
      }
      case 'sequences': {
        const { probabilities } = compute(work.model, work.sequences, work.initialState);
        if (!isWanted()) return { status: 'dropped' };
        const own = probabilities as Float32Array<ArrayBuffer>[];
        return withoutCopy({ status: 'computed', probabilities: own }, own);
      }
    }
    throw new TypeError('There is no such work.');
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  } finally {
    if (work.kind === 'body' || work.kind === 'message') work.port.close();
  }
}

/** What the event loop answers to a question. */
async function answerTo<A>(question: unknown, port: MessagePort): Promise<A> {
  port.postMessage(question);
  const [answer] = await once(port, 'message');
  return answer;
}

/** A result that hands its bytes over. */
function withoutCopy<T>(value: T, arrays: readonly { buffer: ArrayBuffer }[]): T {
  const transferred = { [transferableSymbol]: arrays.map(({ buffer }) => buffer), [valueSymbol]: value };
  return move(transferred as unknown as Uint8Array) as unknown as T;
}
