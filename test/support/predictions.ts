/**
 * Predictions from a store, as the API makes them, without the API.
 */
import type { CheckpointStore } from '../../src/checkpoints/store.ts';
import { loadModel, openModel } from '../../src/serving/models/loaded-model.ts';
import { formOf, predictionJson } from '../../src/serving/prediction-json.ts';
import type { PredictionResult } from '../../src/serving/prediction-result.ts';
import { computeProbabilities } from '../../src/serving/probabilities.ts';

/** What the latest checkpoint of a job makes of sequences. */
export async function predictFrom(
  checkpoints: CheckpointStore,
  job: string,
  sequences: readonly unknown[],
): Promise<PredictionResult> {
  const { step, sha256 } = await checkpoints.resolve(job, 'latest');
  const model = openModel(await loadModel(checkpoints, { job, step }, 1));
  const { head } = model.description;
  const probabilities = computeProbabilities(model, sequences, 'trained', () => true);
  const names = { classes: head.classes, labels: model.labels };
  const json = predictionJson({ job, checkpoint: { step, sha256 } }, probabilities, names, formOf({}, head.at));
  return JSON.parse(json.toString());
}
