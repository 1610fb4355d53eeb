/**
 * The sections of a job spec, each field with its limits, its default and what it means; `fields.ts` puts them together.
 * What must hold between fields is in `rules.ts`. Fields that apply to datasets or evaluation are optional, so that the
 * spec of a built-in task stays short; `completion.ts` fills them in.
 */
import { z } from 'zod';
import { ofOneModel, referenceFields } from '../checkpoints/model-reference.ts';
import { layouts } from '../data/batching/layout.ts';
import { rowKinds } from '../data/batching/task-batches.ts';
import { unknownPolicies } from '../data/encoding/encoder.ts';
import { defaultSplit } from '../data/split.ts';
import { layerKinds } from '../model/layers/index.ts';
import { limits } from '../platform/limits.ts';
import { inheritedFields } from './left-out.ts';

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

const share = z.number().min(0).max(1);

const SplitSpec = z
  .strictObject({
    train: share.positive().default(defaultSplit.train),
    validation: share.default(defaultSplit.validation),
    test: share.default(defaultSplit.test),
    by: z
      .enum(['random', 'order'])
      .optional()
      .describe(
        'random, the default: drawn with training.seed. order: the first sequences train, then come validation and test, so that these show what comes later.',
      ),
  })
  .refine(({ train, validation, test }) => Math.abs(train + validation + test - 1) < 1e-6, {
    error: ({ input }) => `must add up to 1, but is ${JSON.stringify(input)}`,
  });

/** Where labels belong to whole sequences, rows become as long as those. */
export const defaultSequenceLength = 50;

export const DataSpec = z.strictObject({
  batchSize: size(limits.batchSize).default(7).describe('Rows in a batch.'),
  sequenceLength: size(limits.sequenceLength)
    .default(defaultSequenceLength)
    .describe(
      'Steps in a row. Datasets of labels for whole sequences: at least the longest, and by default just that.',
    ),
  layout: z
    .enum(layouts)
    .default('batch-major')
    .describe(
      'How a flat stream becomes a batch: [batch, time], or reshaped to [time, batch] as the broken program did.',
    ),
  rows: z
    .enum(rowKinds)
    .default('independent')
    .describe(
      'independent: each row has its own history, unknowable labels are masked. lanes: each row continues the same row of the batch before, state carried. flat: one stream cut into rows, as the question did.',
    ),
  split: SplitSpec.optional().describe(
    'Datasets: shares of the sequences, drawn with training.seed; 0.8, 0.1 and 0.1 by default.',
  ),
  standardize: z
    .boolean()
    .optional()
    .describe('Datasets of numbers: mean 0 and deviation 1 over the training split; true by default.'),
  unknown: z
    .enum(unknownPolicies)
    .optional()
    .describe(
      'Datasets of strings: what becomes of a string that training did not know. unk: strings seen once in training share a place with all unknown ones. refuse by default.',
    ),
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

const EarlyStoppingSpec = z.strictObject({
  patience: z.int().min(1).max(limits.reports).default(5).describe('Evaluations without improvement before the end.'),
  minDelta: z.number().min(0).max(1e6).default(0).describe('Nats by which the loss has to fall to count as better.'),
});

const ClassWeightsSpec = z.union([
  z.literal('balanced'),
  z.array(z.number().min(0).max(limits.classWeight)).min(2).max(limits.classes),
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
    .describe('Time that its runs may train together; pauses and the diagnosis do not count.'),
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
  keep: KeepSpec.optional().describe(
    'Which checkpoints stay: those that any of its rules names. Absent: the last, the best, and those at multiples of checkpointEvery.',
  ),
});

export const InitFromSpec = ofOneModel(
  z.strictObject({
    ...referenceFields,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .optional()
      .describe('Of the weights. Filled in; where it is given, the checkpoint has to have it.'),
    takes: z
      .array(z.enum(inheritedFields))
      .optional()
      .describe(
        'Filled in: the fields that the spec left out, and that are those of the job of the checkpoint. What a request says here is not looked at.',
      ),
  }),
);
