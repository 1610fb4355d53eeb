/**
 * Explanations for the process that answers requests: always on a thread, since each is many predictions.
 */
import type { Outcome, PredictionService } from '../prediction-service.ts';
import type { OnGone } from '../threads/predictor-pool.ts';
import type { DrawnData } from './draws.ts';
import type { ExplanationRequest } from './explanation.ts';

/** What the data of a job depend on; undefined while that cannot be known. */
export type DataOfJob = (job: string) => Promise<DrawnData | undefined>;

export class ExplainService {
  readonly #predictions: PredictionService;
  readonly #dataOfJob: DataOfJob;

  constructor(predictions: PredictionService, dataOfJob: DataOfJob) {
    this.#predictions = predictions;
    this.#dataOfJob = dataOfJob;
  }

  /** The answer, as JSON. @throws as `PredictionService.predict`, and where it would take too much. */
  async explain(request: ExplanationRequest, onGone: OnGone): Promise<Outcome<Uint8Array>> {
    const model = await this.#predictions.models.resolve(request);
    const data = await this.#dataOfJob(model.job);
    return this.#predictions.explain(model, request, data, onGone);
  }
}
