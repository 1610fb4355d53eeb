/**
 * Evaluates a checkpoint on a dataset: the figures of a report, whatever data the model was trained on.
 */
import type { CheckpointStore } from '../../../checkpoints/store.ts';
import type { Dataset } from '../../../data/datasets/dataset.ts';
import type { DatasetStore } from '../../../data/datasets/stored/store.ts';
import { InputEncoder } from '../../../data/encoding/encoder.ts';
import { datasetHeldOut } from '../../../data/held-out.ts';
import { unknowable } from '../../../data/task.ts';
import type { Encoding } from '../../../data/training-data.ts';
import type { Engine } from '../../../engine/contract.ts';
import type { ModelDescription } from '../../../model/description.ts';
import { type Issue, NotFoundError } from '../../../platform/errors.ts';
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { affordableSteps } from '../figures/budget.ts';
import { measureFigures } from '../figures/figures.ts';
import { type Judged, judgedOf } from '../figures/judged.ts';
import { modelNames } from '../figures/names.ts';
import type { EvaluatedCheckpoint, EvaluationRequest } from './evaluation-schema.ts';
import { classOfName, misfitsOf } from './fit.ts';

/** What one evaluation may take, about. */
const evaluationSeconds = 10;
/** Draws the steps that are looked at. */
const seed = 1;

interface Stores {
  checkpoints: CheckpointStore;
  datasets: DatasetStore;
  engine: Engine;
}

/**
 * @throws NotFoundError over the checkpoint, InvalidInputError where there is no such dataset, or it does not fit the
 * model; CorruptCheckpointError, CorruptDatasetError.
 */
export async function evaluateCheckpoint(
  { checkpoints, datasets, engine }: Stores,
  job: string,
  request: EvaluationRequest,
): Promise<EvaluatedCheckpoint> {
  const { step, sha256 } = await checkpoints.resolve(job, request.checkpoint);
  const { model, weights, encoding, initialState } = await checkpoints.loadModel(job, step);
  const stored = await datasets.stored(request.dataset).catch((error: unknown) => {
    if (error instanceof NotFoundError)
      throw refusal([`is ${request.dataset}, but there is no such dataset`], 'unknown-id');
    throw error;
  });
  const misfits = misfitsOf(stored.sheet, encoding, model);
  if (misfits.length > 0)
    throw refusal(
      misfits.map((misfit) => `(${request.dataset}) ${misfit}`),
      'between-fields',
    );
  const affordable = affordableSteps(model, evaluationSeconds);
  const judged = judgedOfDataset(await stored.open(), encoding, model, affordable.scores);
  const predictor = engine.createPredictor(model, weights);
  try {
    const figures = measureFigures({
      predict: (inputs, length) => predictor.predict(inputs, length, initialState ?? undefined),
      judged,
      names: modelNames(encoding),
      seed,
      affordableSteps: affordable,
    });
    return { job, checkpoint: { step, sha256 }, dataset: request.dataset, ...figures };
  } finally {
    predictor.dispose();
  }
}

function refusal(messages: readonly string[], rule: Issue['rule']) {
  return invalidInput(
    'request',
    messages.map((message) => ({ path: 'dataset', message, rule })),
  );
}

/** The whole dataset as the model sees it, with the classes that the model gives its labels. */
function judgedOfDataset(dataset: Dataset, encoding: Encoding, { head }: ModelDescription, steps: number): Judged {
  const all = Int32Array.from({ length: dataset.offsets.length - 1 }, (_, s) => s);
  const encoder = InputEncoder.restored(encoding.inputs);
  const { part: _, ...judged } = judgedOf(
    datasetHeldOut(dataset, 'test', all, encoder, { batchSize: 1, sequenceLength: 1 })!,
    steps,
  );
  const classOf = classOfName(encoding, head.classes);
  const classes = dataset.sheet.labels.names.map((name) => classOf(name)!);
  const sequences = judged.sequences.map(({ inputs, labels }) => ({
    inputs,
    labels: labels.map((label) => (label === unknowable ? unknowable : classes[label])),
  }));
  return { ...judged, classes: head.classes, sequences };
}
