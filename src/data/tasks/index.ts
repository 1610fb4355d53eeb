/**
 * The tasks by name: the zod schema of each one's spec, and what makes the built-in ones. An uploaded dataset is named by its id; `datasets/` holds it.
 */
import { z } from 'zod';
import type { Task } from '../task.ts';
import { AddingTask, adding } from './adding.ts';
import { BinaryDigitsTask, binaryDigits } from './binary-digits.ts';
import { EchoTask, echo } from './echo.ts';
import { ParityTask, parity } from './parity.ts';
import { ReberTask, reber } from './reber.ts';
import { TemporalOrderTask, temporalOrder } from './temporal-order.ts';

export const DatasetId = z
  .string()
  .regex(/^ds_[0-9a-f]{24}$/, 'must be the id of a dataset: ds_ and 24 hexadecimal digits');

const DatasetTask = z
  .strictObject({ type: z.literal('dataset'), dataset: DatasetId })
  .describe('Sequences that were uploaded to /v1/datasets.');

const builtIn = [BinaryDigitsTask, ParityTask, EchoTask, AddingTask, TemporalOrderTask, ReberTask] as const;

export const BuiltInTaskSpec = z.discriminatedUnion('type', builtIn);
export type BuiltInTaskSpec = z.infer<typeof BuiltInTaskSpec>;

export const TaskSpec = z.discriminatedUnion('type', [...builtIn, DatasetTask]);
export type TaskSpec = z.infer<typeof TaskSpec>;

/** The generator of a built-in task. Throws a TypeError for a dataset, which is none: `trainingData` serves both. */
export function taskOf(spec: TaskSpec): Task {
  switch (spec.type) {
    case 'binary-digits':
      return binaryDigits(spec);
    case 'parity':
      return parity(spec);
    case 'echo':
      return echo(spec);
    case 'adding':
      return adding(spec);
    case 'temporal-order':
      return temporalOrder(spec);
    case 'reber':
      return reber();
    case 'dataset':
      throw new TypeError(`${spec.dataset} is a dataset, not a built-in task.`);
  }
}
