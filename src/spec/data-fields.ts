/**
 * The fields of a job spec that concern datasets and evaluation: their schema and the rules between them. They are optional, so that a built-in task's spec stays short;
 * `complete-spec.ts` fills in those that apply to a dataset.
 */
import { z } from 'zod';
import type { Layout } from '../data/batching/layout.ts';
import type { Rows } from '../data/batching/task-batches.ts';
import { defaultSplit } from '../data/split.ts';
import type { TaskSpec } from '../data/tasks/specs.ts';
import { limits } from '../platform/limits.ts';
import { taskShape } from './described-model.ts';

const share = z.number().min(0).max(1);

const SplitSpec = z
  .strictObject({
    train: share.positive().default(defaultSplit.train),
    validation: share.default(defaultSplit.validation),
    test: share.default(defaultSplit.test),
  })
  .refine(({ train, validation, test }) => Math.abs(train + validation + test - 1) < 1e-6, {
    error: ({ input }) => `must add up to 1, but is ${JSON.stringify(input)}`,
  });

const EarlyStoppingSpec = z.strictObject({
  patience: z.int().min(1).max(limits.reports).default(5).describe('Evaluations without improvement before the end.'),
  minDelta: z.number().min(0).max(1e6).default(0).describe('Nats by which the loss has to fall to count as better.'),
});

const ClassWeightsSpec = z.union([
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
    .describe('Datasets: passes over the training split; training.steps follows from them and is left out.'),
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

/** What stands for `training.steps` until it follows from `training.epochs`: the most there may be. */
export const openSteps = limits.steps;

export type Refuse = (path: string[], message: string) => void;

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

/** Evaluations are events too. */
export function checkEvaluations({ steps, evaluateEvery }: DataFields['training'], refuse: Refuse): void {
  if (evaluateEvery === undefined || steps / evaluateEvery <= limits.reports) return;
  const evaluations = Math.ceil(steps / evaluateEvery);
  refuse(
    ['training', 'evaluateEvery'],
    `is ${evaluateEvery}, which makes ${evaluations} evaluations in ${steps} steps; the limit is ${limits.reports}`,
  );
}

export function checkClassWeights({ classWeights }: DataFields['training'], classes: number, refuse: Refuse): void {
  if (!Array.isArray(classWeights)) return;
  if (classWeights.length !== classes) {
    const message = `must list ${classes} weights, one for each class, but lists ${classWeights.length}`;
    refuse(['training', 'classWeights'], message);
  } else if (classWeights.every((weight) => weight === 0)) {
    refuse(['training', 'classWeights'], 'must not all be 0');
  }
}
