/**
 * A thread that predicts: what may take longer than the event loop can be held. It parses a request that comes as
 * bytes, finds and loads the checkpoint, computes, and writes the answer as JSON. Loaded by `predictor-pool.ts` alone.
 */
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { CheckpointStore } from '../checkpoints/store.ts';
import { predictingEngine } from '../engine/predicting.ts';
import { sendError } from '../platform/error-transfer.ts';
import { parseJson } from '../platform/input/json.ts';
import { parse } from '../platform/input/validation.ts';
import { openStore } from '../storage/open.ts';
import { computePredictions, Predictions } from './predict.ts';
import { PredictionRequest } from './prediction-request.ts';
import { type PredictionOutcome, type PredictionTask, type PredictorSettings, taskStates } from './predictor-task.ts';

const { storeLocation, cacheBytes } = workerData as PredictorSettings;
const predictions = new Predictions(new CheckpointStore(await openStore(storeLocation)), predictingEngine, cacheBytes);

export default async function predict({ work, state }: PredictionTask): Promise<PredictionOutcome> {
  const { waiting, running, dropped } = taskStates;
  if (Atomics.compareExchange(state, 0, waiting, running) === dropped) return { status: 'dropped' };
  let job: string | undefined;
  try {
    const request =
      work instanceof Uint8Array ? parse(PredictionRequest, parseJson(Buffer.from(work.buffer)), 'body') : work;
    job = request.job;
    const resolved = await predictions.resolve(job, request.checkpoint);
    const isAwaited = () => Atomics.load(state, 0) !== dropped;
    const result = computePredictions(resolved, request, isAwaited);
    if (!isAwaited()) return { status: 'dropped' };
    const json = new TextEncoder().encode(JSON.stringify(result));
    return withoutCopy({ status: 'predicted', job, model: resolved.model.description, json }, json);
  } catch (error) {
    return { status: 'refused', job, error: sendError(error) };
  }
}

/** A result that hands its bytes over. */
function withoutCopy<T>(value: T, { buffer }: Uint8Array<ArrayBuffer>): T {
  return move({ [transferableSymbol]: [buffer], [valueSymbol]: value } as unknown as Uint8Array) as unknown as T;
}
