/**
 * Predictions for the process that answers requests: on its event loop what takes well under a millisecond, on the
 * threads of the pool everything else.
 */
import { LRUCache } from 'lru-cache';
import { forwardFlops } from '../model/cost.ts';
import type { ModelDescription } from '../model/description.ts';
import { parameterCount } from '../model/parameters.ts';
import { receiveError } from '../platform/error-transfer.ts';
import { RawJson } from '../platform/input/json.ts';
import { type Predictions, stepsOf } from './predict.ts';
import type { PredictionRequest } from './prediction-request.ts';
import type { PredictionResult } from './prediction-result.ts';
import type { PredictorPool } from './predictor-pool.ts';

/**
 * What may run on the event loop, where a thread would cost more than it saves: 0.1 ms of computing, 0.4 ms of JSON, 2
 * ms for reading a new checkpoint.
 */
const inline = { flops: 2e6, numbers: 2_000, parameters: 50_000 };
const inlineCacheBytes = 64 * 2 ** 20;
/** Jobs whose model's size is remembered. */
const rememberedJobs = 10_000;

export type PredictionAnswer =
  | { status: 'predicted' /** The result, or its JSON. */; result: PredictionResult | Uint8Array }
  | { status: 'refused'; job?: string; error: Error }
  /** Nobody waits for it any more. */
  | { status: 'dropped' };

export class PredictionService {
  readonly #inline: Predictions;
  readonly #pool: PredictorPool;
  /**
   * The model of a job is described alike in all its checkpoints; the description is known after the first request,
   * which a thread answers.
   */
  readonly #models = new LRUCache<string, ModelDescription>({ max: rememberedJobs });

  constructor(openInline: (cacheBytes: number) => Predictions, pool: PredictorPool) {
    this.#inline = openInline(inlineCacheBytes);
    this.#pool = pool;
  }

  /**
   * @param request or its bytes, where they are too many to be parsed on the event loop.
   * @param onGone takes what is to be called when the caller has gone.
   * @throws BusyError
   */
  async answer(
    request: PredictionRequest | RawJson,
    onGone: (listener: () => void) => void,
  ): Promise<PredictionAnswer> {
    if (request instanceof RawJson || !this.#isSmall(request)) return this.#answerOnThread(request, onGone);
    try {
      return { status: 'predicted', result: await this.#inline.predict(request) };
    } catch (error) {
      return { status: 'refused', job: request.job, error: error as Error };
    }
  }

  async #answerOnThread(
    request: PredictionRequest | RawJson,
    onGone: (listener: () => void) => void,
  ): Promise<PredictionAnswer> {
    const outcome = await this.#pool.run(request instanceof RawJson ? request.bytes : request, onGone);
    if (outcome.status === 'dropped') return outcome;
    if (outcome.status === 'refused') return { ...outcome, error: receiveError(outcome.error) };
    this.#models.set(outcome.job, outcome.model);
    return { status: 'predicted', result: outcome.json };
  }

  #isSmall({ job, sequences }: PredictionRequest): boolean {
    const model = this.#models.get(job);
    if (!model || parameterCount(model) > inline.parameters) return false;
    const steps = stepsOf(sequences);
    return (
      forwardFlops(model, steps) <= inline.flops &&
      steps * (model.head.classes + model.input.features) <= inline.numbers
    );
  }

  async close(): Promise<void> {
    this.#inline.dispose();
    await this.#pool.close();
  }
}
