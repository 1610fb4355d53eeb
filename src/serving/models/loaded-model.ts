/**
 * A model as it is kept for predictions: its parameters in memory that all threads share, and what lies between a
 * caller's sequences and its numbers. What goes between threads is cloned; each thread opens it for itself.
 */
import type { CheckpointStore } from '../../checkpoints/store.ts';
import { InputEncoder } from '../../data/encoding/encoder.ts';
import type { Encoding } from '../../data/training-data.ts';
import {
  type BatchPredictor,
  batchBytes,
  batchSteps,
  openBatchPredictor,
  openPredictor,
  type SharedModel,
  type SharedPredictor,
  sharedBytes,
  shareModel,
} from '../../engine/predicting.ts';
import type { ModelDescription } from '../../model/description.ts';
import { onceEach } from '../../platform/once-each.ts';

export interface LoadedModel {
  shared: SharedModel;
  /** Of the weights. */
  sha256: string;
  encoding: Encoding;
  /** Where a sequence starts from, one row's state vectors; null: from zero. */
  initialState: Float32Array | null;
}

/** A loaded model that one thread can compute with. */
export interface OpenModel {
  description: ModelDescription;
  predictor: SharedPredictor;
  /** For several short sequences at once; made when it is first asked for. */
  batchPredictor(): BatchPredictor;
  encoder: InputEncoder;
  labels: Encoding['labels'];
  initialState: Float32Array | null;
}

/**
 * Reads a checkpoint, every byte of it verified. Keeps its thread busy, for large models for some tenths of a second.
 * @param lanes how many predictors will work at the same time.
 * @throws NotFoundError, CorruptCheckpointError, EngineUnavailableError when it does not fit into memory.
 */
export async function loadModel(
  checkpoints: CheckpointStore,
  { job, step }: { job: string; step: number },
  lanes: number,
): Promise<LoadedModel> {
  const { model, weights, sha256, encoding, initialState } = await checkpoints.loadModel(job, step);
  return { shared: shareModel(model, weights, lanes), sha256, encoding, initialState };
}

export function openModel({ shared, encoding, initialState }: LoadedModel): OpenModel {
  let batchPredictor: BatchPredictor | undefined;
  return {
    description: shared.description,
    predictor: openPredictor(shared),
    batchPredictor: () => (batchPredictor ??= openBatchPredictor(shared)),
    encoder: InputEncoder.restored(encoding.inputs),
    labels: encoding.labels,
    initialState,
  };
}

/** Bytes of a name or a vocabulary's string, with its places in maps and lists: an upper bound of what they take. */
const bytesOfString = 500;
/** Bytes of everything else. */
const overhead = 2 ** 14;

/** A model with which this would take more predicts one sequence after the other: it gains little by doing otherwise. */
const mostBatchBytes = 4 * 2 ** 20;

/** Steps of a sequence that may be predicted together with others. */
export const stepsInBatches = onceEach((model: ModelDescription): number =>
  batchBytes(model) <= mostBatchBytes ? batchSteps : 0,
);

/** What a loaded model takes, all in all. */
export function bytesOfModel({ shared, encoding }: LoadedModel): number {
  const { inputs, labels } = encoding;
  const strings = (labels?.length ?? 0) + (inputs.kind === 'strings' ? inputs.vocabulary.length : inputs.features);
  const batch = stepsInBatches(shared.description) > 0 ? batchBytes(shared.description) : 0;
  return sharedBytes(shared) + batch + strings * bytesOfString + overhead;
}
