/**
 * The built-in tasks by name: the zod schema of each one's spec, and what makes it.
 */
import { z } from 'zod';
import type { Task } from '../task.ts';
import { binaryDigits } from './binary-digits.ts';

export const BinaryDigitsTask = z
  .strictObject({
    type: z.literal('binary-digits'),
    base: z.int().min(2).max(10).default(2).describe('Digits are 0 … base-1.'),
    order: z.int().min(0).max(6).default(1).describe('How many past digits the label depends on.'),
  })
  .describe('The class of a step is x_t + base·x_{t-1} + … + base^order·x_{t-order}: base^(order+1) classes.');

export const TaskSpec = z.discriminatedUnion('type', [BinaryDigitsTask]);
export type TaskSpec = z.infer<typeof TaskSpec>;

export function taskOf(spec: TaskSpec): Task {
  return binaryDigits(spec);
}
