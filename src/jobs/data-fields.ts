/**
 * The fields of a job spec that concern datasets and evaluation: their schema, what they default to, and the rules between them. They are optional, so that a built-in task's spec stays as short as it was;
 * `resolveJobSpec` fills in those that apply to a dataset.
 */
import { z } from 'zod';
import type { Rows } from '../data/batches.ts';
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { encodedFeatures } from '../data/encoder.ts';
import type { Layout } from '../data/layout.ts';
import { Random } from '../data/random.ts';
import { stepsOfEpochs } from '../data/row-plans.ts';
import { defaultLengthClasses } from '../data/sequence-batches.ts';
import { defaultSplit, splitSequences, splitSizes } from '../data/split.ts';
import { type TaskSpec, taskOf } from '../data/tasks/index.ts';
import { limits } from '../limits.ts';

const share = z.number().min(0).max(1);

export const SplitSpec = z
  .strictObject({
    train: share.positive().default(defaultSplit.train),
    validation: share.default(defaultSplit.validation),
    test: share.default(defaultSplit.test),
  })
  .refine(({ train, validation, test }) => Math.abs(train + validation + test - 1) < 1e-6, {
    error: ({ input }) => `must add up to 1, but is ${JSON.stringify(input)}`,
  });

export const EarlyStoppingSpec = z.strictObject({
  patience: z.int().min(1).max(limits.reports).default(5).describe('Evaluations without improvement before the end.'),
  minDelta: z.number().min(0).max(1e6).default(0).describe('Nats by which the loss has to fall to count as better.'),
});

export const ClassWeightsSpec = z.union([
  z.literal('balanced'),
  z.array(z.number().min(0).max(limits.classWeight)).min(2).max(limits.classes),
]);

export const datasetDataFields = {
  split: SplitSpec.optional().describe(
    'Datasets: shares of the sequences, drawn with training.seed; 0.8, 0.1 and 0.1 by default.',
  ),
  standardize: z
    .boolean()
    .optional()
    .describe('Datasets of numbers: mean 0 and deviation 1 over the training split; true by default.'),
  unknown: z
    .enum(['refuse', 'unk'])
    .optional()
    .describe(
      'Datasets of strings: what becomes of a string that training did not know. unk: strings seen once in training share a place with all unknown ones. refuse by default.',
    ),
};

export const evaluationFields = {
  epochs: z
    .int()
    .min(1)
    .max(limits.steps)
    .optional()
    .describe('Datasets: passes over the training split, instead of steps.'),
  evaluateEvery: z
    .int()
    .min(1)
    .max(limits.steps)
    .optional()
    .describe('Steps between two evaluations on held-out data; for datasets reportEvery by default.'),
  earlyStopping: EarlyStoppingSpec.optional().describe('Ends the job when the held-out loss no longer falls.'),
  classWeights: ClassWeightsSpec.optional().describe(
    'Weight of each class in the loss. balanced: every class of the training split weighs the same.',
  ),
};

/** The part of a job spec that the rules look at. */
export interface DataFields {
  task: TaskSpec;
  data: {
    batchSize: number;
    sequenceLength: number;
    layout: Layout;
    rows: Rows;
    split?: z.output<typeof SplitSpec>;
    standardize?: boolean;
    unknown?: 'refuse' | 'unk';
  };
  training: {
    steps: number;
    reportEvery: number;
    seed: number;
    epochs?: number;
    evaluateEvery?: number;
    earlyStopping?: z.output<typeof EarlyStoppingSpec>;
    classWeights?: z.output<typeof ClassWeightsSpec>;
  };
}

/** I and C. Throws where the task is a dataset whose facts are not given. */
export function taskShape(
  { task, data }: { task: TaskSpec; data?: { unknown?: 'refuse' | 'unk' } },
  dataset?: DatasetFacts,
): { features: number; classes: number } {
  if (task.type !== 'dataset') return taskOf(task);
  if (!dataset) throw new TypeError(`The facts of dataset ${task.dataset} are needed, but were not given.`);
  return { features: encodedFeatures(dataset, data?.unknown ?? 'refuse'), classes: dataset.classes };
}

/** The spec with the defaults that depend on its task, and the steps that its epochs make. The rules have to hold. */
export function completeDataFields<S extends DataFields>(spec: S, dataset?: DatasetFacts): S {
  const { data, training } = spec;
  const evaluates = training.earlyStopping !== undefined || (dataset && partsOf(spec, dataset).validation > 0);
  const evaluation = evaluates ? { evaluateEvery: training.evaluateEvery ?? training.reportEvery } : {};
  if (!dataset) return { ...spec, training: { ...training, ...evaluation } };
  const inputs =
    dataset.kind === 'numbers'
      ? { standardize: data.standardize ?? true }
      : { unknown: data.unknown ?? ('refuse' as const) };
  const steps = training.epochs === undefined ? training.steps : epochSteps(spec, training.epochs, dataset);
  return {
    ...spec,
    data: { ...data, split: data.split ?? defaultSplit, ...inputs },
    training: { ...training, ...evaluation, steps },
  };
}

type Refuse = (path: string[], message: string) => void;

/** What holds for a built-in task. */
export function checkBuiltInFields({ task, data, training }: DataFields, refuse: Refuse): void {
  for (const field of ['split', 'standardize', 'unknown'] as const) {
    if (data[field] !== undefined) refuse(['data', field], `applies to datasets only, but the task is ${task.type}`);
  }
  if (training.epochs !== undefined) {
    refuse(['training', 'epochs'], `applies to datasets only: ${task.type} has no end, so give training.steps`);
  }
  if (training.classWeights === 'balanced') {
    refuse(['training', 'classWeights'], `"balanced" is counted over a dataset: for ${task.type}, list the weights`);
  }
  checkClassWeights(training, taskShape({ task }).classes, refuse);
}

/** What holds for a dataset; its facts have to be those of `task.dataset`. */
export function checkDatasetFields(spec: DataFields, dataset: DatasetFacts, refuse: Refuse): void {
  const { data, training } = spec;
  if (data.layout !== 'batch-major') {
    refuse(['data', 'layout'], 'must be "batch-major" for a dataset, whose sequences are rows already');
  }
  if (data.rows === 'flat') {
    refuse(
      ['data', 'rows'],
      'must be "independent" or "lanes" for a dataset, whose sequences do not continue each other',
    );
  }
  if (data.standardize && dataset.kind === 'strings') {
    refuse(['data', 'standardize'], 'applies to numbers only, but the dataset holds strings');
  }
  if (data.unknown !== undefined && dataset.kind === 'numbers') {
    refuse(['data', 'unknown'], 'applies to strings only, but the dataset holds numbers');
  }
  if ((training.earlyStopping || training.evaluateEvery) && partsOf(spec, dataset).validation === 0) {
    refuse(['data', 'split'], 'must leave sequences for validation, which the evaluation is made on');
  }
  checkClassWeights(training, dataset.classes, refuse);
}

/** Evaluations are events too. */
export function checkEvaluations({ steps, evaluateEvery }: DataFields['training'], refuse: Refuse): void {
  if (evaluateEvery === undefined || steps / evaluateEvery <= limits.reports) return;
  const evaluations = Math.ceil(steps / evaluateEvery);
  refuse(
    ['training', 'evaluateEvery'],
    `is ${evaluateEvery}, which makes ${evaluations} evaluations in ${steps} steps; the limit is ${limits.reports}`,
  );
}

function checkClassWeights({ classWeights }: DataFields['training'], classes: number, refuse: Refuse): void {
  if (!Array.isArray(classWeights)) return;
  if (classWeights.length !== classes) {
    const message = `must list ${classes} weights, one for each class, but lists ${classWeights.length}`;
    refuse(['training', 'classWeights'], message);
  } else if (classWeights.every((weight) => weight === 0)) {
    refuse(['training', 'classWeights'], 'must not all be 0');
  }
}

function partsOf({ data }: DataFields, dataset: DatasetFacts) {
  return splitSizes(dataset.lengths.length, data.split ?? defaultSplit);
}

function epochSteps({ data, training }: DataFields, epochs: number, dataset: DatasetFacts): number {
  const split = splitSequences(
    dataset.lengths.length,
    data.split ?? defaultSplit,
    Random.seeded(training.seed, 'split'),
  );
  return stepsOfEpochs(
    split.train.map((sequence) => dataset.lengths[sequence]),
    epochs,
    { ...data, rows: data.rows === 'lanes' ? 'lanes' : 'independent', lengthClasses: defaultLengthClasses },
  );
}
