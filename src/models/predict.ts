/**
 * Class probabilities of a caller's sequences from a stored checkpoint: what the API process runs for /predict, without TensorFlow.
 */
import { LRUCache } from 'lru-cache';
import type { Engine, Predictor } from '../engine/engine.ts';
import { forwardFlops, type ModelShape } from '../engine/model.ts';
import { CorruptCheckpointError, InvalidInputError, type Issue, NotFoundError } from '../errors.ts';
import { limits } from '../limits.ts';
import { ServingMarks } from './serving.ts';
import type { CheckpointStore, WhichCheckpoint } from './store.ts';

export interface Prediction {
  /** [T] the most probable class of each step. */
  classes: number[];
  /** [T][C] */
  probabilities: number[][];
}

export interface PredictionResult {
  job: string;
  checkpoint: { step: number; sha256: string };
  predictions: Prediction[];
}

interface LoadedModel {
  shape: ModelShape;
  predictor: Predictor;
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

  constructor(checkpoints: CheckpointStore, engine: Engine) {
    this.#checkpoints = checkpoints;
    this.#engine = engine;
  }

  /**
   * @param sequences each a list of steps; a step is a number, or a list of them where the model has several features.
   * @throws NotFoundError, CorruptCheckpointError, InvalidInputError with the path of each bad number.
   */
  async predict(
    job: string,
    which: WhichCheckpoint,
    sequences: readonly unknown[],
    initialState: InitialState = 'trained',
  ): Promise<PredictionResult> {
    const { step, sha256, model } = await this.#resolve(job, which);
    const { shape, predictor } = model;
    const state = initialState === 'trained' ? (model.initialState ?? undefined) : undefined;
    const inputs = readSequences(sequences, shape);
    const predictions = inputs.map((sequence) => {
      const length = sequence.length / shape.features;
      return toPrediction(predictor.predict(sequence, length, state), length, shape.classes);
    });
    return { job, checkpoint: { step, sha256 }, predictions };
  }

  /** The checkpoint that is meant, with its model. Between finding and loading it, it may be pruned or damaged: then the answer is another one. */
  async #resolve(job: string, which: WhichCheckpoint) {
    for (let attempt = 1; ; attempt++) {
      const { step, sha256 } = await this.#checkpoints.resolve(job, which);
      try {
        const model = await this.#load(job, step, sha256);
        await this.#marks.touch(this.#checkpoints.folder(job, step));
        return { step, sha256, model };
      } catch (error) {
        const isGone = error instanceof NotFoundError || error instanceof CorruptCheckpointError;
        if (!isGone || typeof which === 'number' || attempt === maxResolutions) throw error;
      }
    }
  }

  async #load(job: string, step: number, sha256: string): Promise<LoadedModel> {
    // The carried state is not in the hash of the weights, so that equal weights of two jobs are two models.
    const key = `${job} ${step} ${sha256}`;
    const cached = this.#models.get(key);
    if (cached) return cached;
    const { shape, weights, initialState } = await this.#checkpoints.loadModel(job, step);
    const model = { shape, initialState, predictor: this.#engine.createPredictor(shape, weights) };
    this.#models.set(key, model);
    return model;
  }

  dispose(): void {
    this.#models.clear();
  }
}

/** As many issues as one answer lists. */
const maxIssues = 20;

/** The sequences as numbers, [T,I] each. */
function readSequences(sequences: readonly unknown[], shape: ModelShape): Float32Array[] {
  const issues: Issue[] = [];
  const read = sequences.map((sequence, s) => readSequence(sequence, `sequences[${s}]`, shape.features, issues));
  const steps = read.reduce((sum, sequence) => sum + sequence.length / shape.features, 0);
  if (steps > limits.predictSteps) {
    issues.push({ path: 'sequences', message: `have ${steps} steps in all; the limit is ${limits.predictSteps}` });
  }
  const flops = forwardFlops(shape, steps);
  if (flops > limits.predictFlops) {
    const affordable = Math.floor(limits.predictFlops / forwardFlops(shape, 1));
    issues.push({
      path: 'sequences',
      message: `have ${steps} steps in all; for a model of this size the limit is ${affordable}`,
    });
  }
  if (issues.length > 0) {
    const [{ path, message }] = issues;
    throw new InvalidInputError(`The sequences do not fit the model: ${path} ${message}.`, issues.slice(0, maxIssues));
  }
  return read;
}

function readSequence(sequence: unknown, path: string, features: number, issues: Issue[]): Float32Array {
  if (!Array.isArray(sequence) || sequence.length === 0) {
    issues.push({ path, message: `must be a list of at least one step, but is ${JSON.stringify(sequence)}` });
    return new Float32Array(0);
  }
  const inputs = new Float32Array(sequence.length * features);
  for (const [t, step] of sequence.entries()) {
    if (issues.length >= maxIssues) break;
    readStep(step, `${path}[${t}]`, features, inputs.subarray(t * features, (t + 1) * features), issues);
  }
  return inputs;
}

function readStep(step: unknown, path: string, features: number, into: Float32Array, issues: Issue[]): void {
  const values: unknown[] = Array.isArray(step) ? step : [step];
  if (values.length !== features) {
    const expected = features === 1 ? 'a number' : `a list of ${features} numbers`;
    issues.push({ path, message: `must be ${expected}, the model's features, but is ${JSON.stringify(step)}` });
    return;
  }
  for (const [i, value] of values.entries()) {
    // 1e39 is a number in JSON but infinite in float32.
    const isNumber = typeof value === 'number' && Number.isFinite(Math.fround(value));
    if (isNumber) into[i] = value;
    else {
      const valuePath = Array.isArray(step) ? `${path}[${i}]` : path;
      issues.push({ path: valuePath, message: `must be a finite number, but is ${JSON.stringify(value)}` });
    }
  }
}

function toPrediction(flat: Float32Array, length: number, classes: number): Prediction {
  const probabilities = Array.from({ length }, (_, t) => Array.from(flat.subarray(t * classes, (t + 1) * classes)));
  return { classes: probabilities.map(indexOfLargest), probabilities };
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
