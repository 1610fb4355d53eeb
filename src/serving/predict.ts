/**
 * Class probabilities of a caller's sequences from a stored checkpoint, without TensorFlow: finds the checkpoint, keeps
 * its model loaded, encodes the sequences, computes. It keeps the thread that it runs on busy: `predictor-thread.ts`
 * runs it beside the event loop, and `prediction-service.ts` on the event loop, for what takes microseconds.
 */
import { LRUCache } from 'lru-cache';
import type { CheckpointChoice } from '../checkpoints/choice.ts';
import type { CheckpointStore } from '../checkpoints/store.ts';
import { InputEncoder } from '../data/encoding/encoder.ts';
import type { Encoding } from '../data/training-data.ts';
import type { Engine, Predictor } from '../engine/contract.ts';
import { forwardFlops } from '../model/cost.ts';
import type { ModelDescription } from '../model/description.ts';
import { parameterCount } from '../model/parameters.ts';
import { mostProbable } from '../model/scoring.ts';
import { CorruptCheckpointError, InvalidInputError, type Issue, NotFoundError } from '../platform/errors.ts';
import { invalidInput } from '../platform/input/invalid-input.ts';
import { limits } from '../platform/limits.ts';
import type { PredictionRequest } from './prediction-request.ts';
import type { Prediction, PredictionResult, SequencePrediction } from './prediction-result.ts';

interface LoadedModel {
  description: ModelDescription;
  predictor: Predictor;
  encoder: InputEncoder;
  labels: Encoding['labels'];
  initialState: Float32Array | null;
}

/** A checkpoint that was found whole, with its model. */
interface ResolvedModel {
  job: string;
  checkpoint: { step: number; sha256: string };
  model: LoadedModel;
}

/** How often `latest` or `best` is looked for when what was found is gone before it is loaded. */
const maxResolutions = 5;

/** Bytes of a loaded model besides its parameters: working memory of the predictor, encoder, names. */
const modelOverhead = 2 ** 20;

export class Predictions {
  readonly #checkpoints: CheckpointStore;
  readonly #engine: Engine;
  readonly #models: LRUCache<string, LoadedModel, { job: string; step: number }>;

  /** @param cacheBytes what the models that stay loaded may take together; one that is larger by itself is loaded for each request. */
  constructor(checkpoints: CheckpointStore, engine: Engine, cacheBytes: number) {
    this.#checkpoints = checkpoints;
    this.#engine = engine;
    this.#models = new LRUCache({
      maxSize: cacheBytes,
      sizeCalculation: ({ description }) => modelOverhead + 4 * parameterCount(description),
      // Requests that need the same model at once share one.
      fetchMethod: (_key, _stale, { context }) => this.#read(context),
      dispose: ({ predictor }) => predictor.dispose(),
    });
  }

  /**
   * The checkpoint that is meant, with its model. Between finding and loading it, it may be pruned or damaged: then the
   * answer is another one.
   * @throws NotFoundError, CorruptCheckpointError
   */
  async resolve(job: string, which: CheckpointChoice): Promise<ResolvedModel> {
    for (let attempt = 1; ; attempt++) {
      const { step, sha256 } = await this.#checkpoints.resolve(job, which);
      try {
        // The carried state is not in the hash of the weights, so that equal weights of two jobs are two models.
        const key = `${job} ${step} ${sha256}`;
        const model = this.#models.get(key) ?? (await this.#models.forceFetch(key, { context: { job, step } }));
        void this.#checkpoints.markServed(job, step);
        return { job, checkpoint: { step, sha256 }, model };
      } catch (error) {
        const isGone = error instanceof NotFoundError || error instanceof CorruptCheckpointError;
        if (!isGone || typeof which === 'number' || attempt === maxResolutions) throw error;
      }
    }
  }

  /** @throws what `resolve` and `computePredictions` throw. */
  async predict(request: PredictionRequest): Promise<PredictionResult> {
    return computePredictions(await this.resolve(request.job, request.checkpoint), request, () => true);
  }

  async #read({ job, step }: { job: string; step: number }): Promise<LoadedModel> {
    const { model: description, weights, encoding, initialState } = await this.#checkpoints.loadModel(job, step);
    return {
      description,
      initialState,
      labels: encoding.labels,
      encoder: InputEncoder.restored(encoding.inputs),
      predictor: this.#engine.createPredictor(description, weights),
    };
  }

  dispose(): void {
    this.#models.clear();
  }
}

/**
 * @param request its sequences are lists of steps; a step is what it was in training: a number, a list of them where
 *   there are several features, or a string.
 * @param isAwaited asked before each sequence: whether somebody still waits for the answer. If nobody does, the predictions end there.
 * @throws InvalidInputError with the path of each bad number.
 */
export function computePredictions(
  { job, checkpoint, model }: ResolvedModel,
  request: PredictionRequest,
  isAwaited: () => boolean,
): PredictionResult {
  const at = request.at ?? model.description.head.at;
  const predictions: (Prediction | SequencePrediction)[] = [];
  for (const sequence of encodeSequences(request.sequences, model)) {
    if (!isAwaited()) break;
    const probabilities = probabilitiesOf(model, sequence, request.initialState);
    predictions.push(at === 'end' ? predictionAtEnd(model, probabilities) : predictionOfSteps(model, probabilities));
  }
  return { job, checkpoint, predictions };
}

/** Steps of all sequences together; what is no sequence has none. */
export function stepsOf(sequences: readonly unknown[]): number {
  return sequences.reduce<number>((sum, sequence) => sum + (Array.isArray(sequence) ? sequence.length : 0), 0);
}

/** The sequences as the model sees them, [T,I] each. @throws InvalidInputError that lists what is wrong with them. */
function encodeSequences(sequences: readonly unknown[], { encoder, description }: LoadedModel): Float32Array[] {
  const excess = excessOf(stepsOf(sequences), description);
  if (excess) throw invalidInput('request', [{ path: 'sequences', message: excess }]);
  const issues: Issue[] = [];
  const encoded: Float32Array[] = [];
  for (const [s, sequence] of sequences.entries()) {
    if (issues.length >= limits.errors) break;
    try {
      encoded.push(encoder.encode(sequence, `sequences[${s}]`));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw invalidInput('request', issues);
  return encoded;
}

/** What is too much of so many steps for one request; undefined: nothing is. */
function excessOf(steps: number, model: ModelDescription): string | undefined {
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
  return steps > limit ? `have ${steps} steps in all; ${reason}the limit is ${limit}` : undefined;
}

/** [T,C] for one sequence [T,I]. */
function probabilitiesOf(
  model: LoadedModel,
  inputs: Float32Array,
  initialState: PredictionRequest['initialState'],
): Float32Array {
  const state = initialState === 'trained' ? (model.initialState ?? undefined) : undefined;
  return model.predictor.predict(inputs, inputs.length / model.description.input.features, state);
}

/** @param flat probabilities [T,C] */
function predictionOfSteps({ description, labels: names }: LoadedModel, flat: Float32Array): Prediction {
  const { classes } = description.head;
  const length = flat.length / classes;
  const probabilities = Array.from({ length }, (_, t) => Array.from(flat.subarray(t * classes, (t + 1) * classes)));
  const predicted = probabilities.map((_, t) => mostProbable(flat, t * classes, classes));
  return { classes: predicted, ...(names ? { labels: predicted.map((c) => names[c]) } : {}), probabilities };
}

/** @param flat probabilities [T,C], the last of which count */
function predictionAtEnd({ description, labels: names }: LoadedModel, flat: Float32Array): SequencePrediction {
  const { classes } = description.head;
  const last = flat.length - classes;
  const predicted = mostProbable(flat, last, classes);
  return {
    class: predicted,
    ...(names ? { label: names[predicted] } : {}),
    probabilities: Array.from(flat.subarray(last)),
  };
}
