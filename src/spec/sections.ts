/**
 * The sections of a job spec, each with its limits and defaults: the schema of `spec.ts` puts them together. Those that concern datasets and evaluation are in `data-fields.ts`.
 */
import { z } from 'zod';
import type { TaskSpec } from '../data/tasks/specs.ts';
import { engineNames } from '../engine/registry.ts';
import { layerKinds } from '../model/layers/index.ts';
import { limits } from '../platform/limits.ts';
import { datasetDataFields, evaluationFields } from './data-fields.ts';

const size = (limit: number) => z.int().min(1).max(limit);
const fraction = z.number().min(0).lt(1);
const learningRate = z.number().positive().max(limits.learningRate);
const clipNorm = z
  .number()
  .positive()
  .max(limits.clipNorm)
  .nullable()
  .default(10)
  .describe('Global norm to which gradients are clipped; null: not clipped.');
const epsilon = z.number().positive().max(1).default(1e-7);

export const DataSpec = z.strictObject({
  batchSize: size(limits.batchSize).default(7).describe('Rows in a batch.'),
  sequenceLength: size(limits.sequenceLength).default(50).describe('Steps in a row.'),
  layout: z
    .enum(['batch-major', 'time-major'])
    .default('batch-major')
    .describe(
      'How a flat stream becomes a batch: [batch, time], or reshaped to [time, batch] as the broken program did.',
    ),
  rows: z
    .enum(['independent', 'lanes', 'flat'])
    .default('independent')
    .describe(
      'independent: each row has its own history, unknowable labels are masked. lanes: each row continues the same row of the batch before, state carried. flat: one stream cut into rows, as the question did.',
    ),
  ...datasetDataFields,
});

export const ModelSpec = z.strictObject({
  type: z.literal(layerKinds).default('lstm'),
  layers: size(limits.layers).default(2),
  units: z
    .union([size(limits.units), z.array(size(limits.units)).min(1).max(limits.layers)])
    .default(5)
    .describe('Units of every layer, or a list with those of each.'),
  forgetBias: z.number().min(-100).max(100).default(1).describe('Initial bias of the forget gates.'),
});

export const OptimizerSpec = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sgd').optional().default('sgd'),
    learningRate: learningRate.default(0.1),
    clipNorm,
  }),
  z.strictObject({
    type: z.literal('momentum'),
    learningRate: learningRate.default(0.05),
    momentum: fraction.default(0.9),
    nesterov: z.boolean().default(false),
    clipNorm,
  }),
  z.strictObject({
    type: z.literal('rmsprop'),
    learningRate: learningRate.default(0.005),
    decay: fraction.default(0.9),
    momentum: fraction.default(0),
    epsilon,
    centered: z.boolean().default(false),
    clipNorm,
  }),
  z.strictObject({
    type: z.literal('adam'),
    learningRate: learningRate.default(0.01),
    beta1: fraction.default(0.9),
    beta2: fraction.default(0.999),
    epsilon,
    clipNorm,
  }),
  z.strictObject({
    type: z.literal('adagrad'),
    learningRate: learningRate.default(0.1),
    initialAccumulator: z.number().positive().max(1e6).default(0.1),
    epsilon,
    clipNorm,
  }),
]);

const KeepSpec = z.strictObject({
  last: size(limits.checkpoints).default(1).describe('The furthest so many.'),
  best: size(limits.checkpoints).default(1).describe('The so many of lowest loss.'),
  every: size(limits.steps).optional().describe('Those at multiples of so many steps.'),
});

export const LimitsSpec = z.strictObject({
  maxSeconds: z
    .number()
    .positive()
    .max(limits.seconds)
    .optional()
    .describe('Time that its runs may take together; pauses do not count.'),
  maxMemoryMiB: size(limits.memoryMiB).optional().describe('Memory that the training process may hold.'),
});

export const TrainingSpec = z.strictObject({
  steps: size(limits.steps).default(3000).describe('Training steps: batches.'),
  reportEvery: size(limits.steps).default(300).describe('Steps between two progress events.'),
  checkpointEvery: size(limits.steps)
    .default(1000)
    .describe('Steps between two checkpoints; the last step always makes one.'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .describe('The same spec with the same seed trains the same model.'),
  ...evaluationFields,
  keep: KeepSpec.optional().describe(
    'Which checkpoints stay: those that any of its rules names. Absent: the last, the best, and those at multiples of checkpointEvery.',
  ),
});

export const EngineChoice = z.enum(['auto', ...engineNames]);

/** The sections that rules between fields look at. */
export type JobSpecFields = {
  task: TaskSpec;
  data: z.output<typeof DataSpec>;
  model: z.output<typeof ModelSpec>;
  optimizer: z.output<typeof OptimizerSpec>;
  training: z.output<typeof TrainingSpec>;
};
