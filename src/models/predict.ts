/**
 * Class probabilities of a caller's sequences from a stored checkpoint: what the API process runs for /predict, without TensorFlow.
 */
import { LRUCache } from 'lru-cache';
import { InputEncoder } from '../data/encoder.ts';
import type { Encoding } from '../data/training-data.ts';
import type { Engine, Predictor } from '../engine/contract.ts';
import { CorruptCheckpointError, InvalidInputError, type Issue, NotFoundError } from '../errors.ts';
import { invalidInput } from '../invalid-input.ts';
import { limits } from '../limits.ts';
import { forwardFlops } from '../model/cost.ts';
import type { ModelDescription } from '../model/description.ts';
import { mostProbable } from '../scoring.ts';
import { ServingMarks } from './serving.ts';
import type { CheckpointStore, WhichCheckpoint } from './store.ts';

export interface Prediction {
  /** [T] the most probable class of each step. */
  classes: number[];
  /** [T] its name in the dataset; absent where classes have no names. */
  labels?: (string | number)[];
  /** [T][C] */
  probabilities: number[][];
}

export interface PredictionResult {
  job: string;
  checkpoint: { step: number; sha256: string };
  predictions: Prediction[];
}

interface LoadedModel {
  description: ModelDescription;
  predictor: Predictor;
  encoder: InputEncoder;
  labels: Encoding['labels'];
  initialState: Float32Array | null;
}

/** How a sequence starts: as the model was trained (from carried state, if it was trained so), or from zero state in any case. */
export type InitialState = 'trained' | 'zero';

/** Models that stay loaded. */
const cachedModels = 32;
/** How often `latest` or `best` is looked for when what was found is gone before it is loaded. */
const maxResolutions = 5;

export class Predictions {
  readonly #checkpoints: CheckpointStore;
  readonly #engine: Engine;
  readonly #marks = new ServingMarks();
  readonly #models = new LRUCache<string, LoadedModel>({
    max: cachedModels,
    dispose: ({ predictor }) => predictor.dispose(),
  });

  readonly #loading = new Map<string, Promise<LoadedModel>>();

  constructor(checkpoints: CheckpointStore, engine: Engine) {
    this.#checkpoints = checkpoints;
    this.#engine = engine;
  }

  /**
   * @param sequences each a list of steps; a step is what it was in training: a number, a list of them where there are several features, or a string.
   * @throws NotFoundError, CorruptCheckpointError, InvalidInputError with the path of each bad number.
   */
  async predict(
    job: string,
    which: WhichCheckpoint,
    sequences: readonly unknown[],
    initialState: InitialState = 'trained',
  ): Promise<PredictionResult> {
    const { step, sha256, model } = await this.#resolve(job, which);
    const { description, predictor, encoder, labels } = model;
    const state = initialState === 'trained' ? (model.initialState ?? undefined) : undefined;
    const inputs = encodeSequences(sequences, encoder, description);
    const predictions = inputs.map((sequence) => {
      const length = sequence.length / description.input.features;
      return toPrediction(predictor.predict(sequence, length, state), length, description.head.classes, labels);
    });
    return { job, checkpoint: { step, sha256 }, predictions };
  }

  /** The checkpoint that is meant, with its model. Between finding and loading it, it may be pruned or damaged: then the answer is another one. */
  async #resolve(job: string, which: WhichCheckpoint) {
    for (let attempt = 1; ; attempt++) {
      const { step, sha256 } = await this.#checkpoints.resolve(job, which);
      try {
        const model = await this.#load(job, step, sha256);
        void this.#marks.touch(this.#checkpoints.folder(job, step));
        return { step, sha256, model };
      } catch (error) {
        const isGone = error instanceof NotFoundError || error instanceof CorruptCheckpointError;
        if (!isGone || typeof which === 'number' || attempt === maxResolutions) throw error;
      }
    }
  }

  /** Requests that need the same model at once share one: a second would take the first one's place while it is in use. */
  async #load(job: string, step: number, sha256: string): Promise<LoadedModel> {
    // The carried state is not in the hash of the weights, so that equal weights of two jobs are two models.
    const key = `${job} ${step} ${sha256}`;
    const cached = this.#models.get(key);
    if (cached) return cached;
    const loading = this.#loading.get(key) ?? this.#read(job, step, key).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #read(job: string, step: number, key: string): Promise<LoadedModel> {
    const { model: description, weights, encoding, initialState } = await this.#checkpoints.loadModel(job, step);
    const model = {
      description,
      initialState,
      labels: encoding.labels,
      encoder: InputEncoder.restored(encoding.inputs),
      predictor: this.#engine.createPredictor(description, weights),
    };
    this.#models.set(key, model);
    return model;
  }

  dispose(): void {
    this.#models.clear();
  }
}

/** The sequences as the model sees them, [T,I] each. @throws InvalidInputError that lists what is wrong with them. */
function encodeSequences(
  sequences: readonly unknown[],
  encoder: InputEncoder,
  model: ModelDescription,
): Float32Array[] {
  const issues: Issue[] = tooLong(sequences, model);
  const encoded: Float32Array[] = [];
  for (const [s, sequence] of sequences.entries()) {
    if (issues.length >= limits.datasetErrors) break;
    try {
      encoded.push(encoder.encode(sequence, `sequences[${s}]`));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw invalidInput('request', issues.slice(0, limits.datasetErrors));
  return encoded;
}

/** Predictions run in the process that answers requests, so one call has its limits. */
function tooLong(sequences: readonly unknown[], model: ModelDescription): Issue[] {
  const steps = sequences.reduce<number>((sum, sequence) => sum + (Array.isArray(sequence) ? sequence.length : 0), 0);
  const affordable = Math.floor(limits.predictFlops / forwardFlops(model, 1));
  if (steps <= Math.min(limits.predictSteps, affordable)) return [];
  const limit =
    affordable < limits.predictSteps
      ? `for a model of this size the limit is ${affordable}`
      : `the limit is ${limits.predictSteps}`;
  return [{ path: 'sequences', message: `have ${steps} steps in all; ${limit}` }];
}

function toPrediction(flat: Float32Array, length: number, classes: number, names: Encoding['labels']): Prediction {
  const probabilities = Array.from({ length }, (_, t) => Array.from(flat.subarray(t * classes, (t + 1) * classes)));
  const predicted = probabilities.map((_, t) => mostProbable(flat, t * classes, classes));
  return { classes: predicted, ...(names ? { labels: predicted.map((c) => names[c]) } : {}), probabilities };
}
