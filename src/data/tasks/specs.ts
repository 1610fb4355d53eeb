/**
 * What a job spec may say of its task: the zod schema of each built-in one, and the dataset that is named by its id. What makes the data lies in the file of each task.
 */
import { z } from 'zod';
import { datasetId } from '../datasets/id.ts';

export const BinaryDigitsTask = z
  .strictObject({
    type: z.literal('binary-digits'),
    base: z.int().min(2).max(10).default(2).describe('Digits are 0 … base-1.'),
    order: z.int().min(0).max(6).default(1).describe('How many past digits the label depends on.'),
  })
  .describe('The class of a step is x_t + base·x_{t-1} + … + base^order·x_{t-order}: base^(order+1) classes.');

export const ParityTask = z
  .strictObject({
    type: z.literal('parity'),
    order: z.int().min(0).max(20).default(2).describe('How many past bits are summed with the present one.'),
  })
  .describe('Bits; the class of a step is the sum modulo 2 of the last order+1 of them.');

export const EchoTask = z
  .strictObject({
    type: z.literal('echo'),
    lag: z.int().min(0).max(200).default(3).describe('How many steps later a symbol is asked for.'),
    symbols: z.int().min(2).max(64).default(4).describe('Symbols, one-hot; each is a class.'),
  })
  .describe('The class of a step is the symbol that stood `lag` steps before it.');

export const AddingTask = z
  .strictObject({
    type: z.literal('adding'),
    length: z.int().min(2).max(2000).default(50).describe('Steps of an episode; only its last one has a label.'),
    classes: z.int().min(2).max(32).default(4).describe('Equal parts of [0, 2) among which the sum is sought.'),
  })
  .describe(
    'Each step is [value, mark]; the last step of an episode asks for the sum of the two marked values, as one of `classes` equal parts of [0, 2).',
  );

export const TemporalOrderTask = z
  .strictObject({
    type: z.literal('temporal-order'),
    length: z.int().min(20).max(2000).default(40).describe('Shortest episode; the longest is a tenth longer.'),
    places: z
      .union([z.literal(2), z.literal(3)])
      .default(2)
      .describe('Places that hold X or Y: 2 makes 4 classes (task 6a), 3 makes 8 (task 6b).'),
  })
  .describe('At the end of an episode: in which order did X and Y stand at the two or three places that hold one?');

export const ReberTask = z
  .strictObject({ type: z.literal('reber') })
  .describe(
    'Strings of the embedded Reber grammar, one-hot over B T P S X V E; the class of a step is the next symbol.',
  );

export const DatasetId = z.string().regex(datasetId, 'must be the id of a dataset: ds_ and 24 hexadecimal digits');

const DatasetTask = z
  .strictObject({ type: z.literal('dataset'), dataset: DatasetId })
  .describe('Sequences that were uploaded to /v1/datasets.');

const builtIn = [BinaryDigitsTask, ParityTask, EchoTask, AddingTask, TemporalOrderTask, ReberTask] as const;

export const BuiltInTaskSpec = z.discriminatedUnion('type', builtIn);
export type BuiltInTaskSpec = z.infer<typeof BuiltInTaskSpec>;

export const TaskSpec = z.discriminatedUnion('type', [...builtIn, DatasetTask]);
export type TaskSpec = z.infer<typeof TaskSpec>;
