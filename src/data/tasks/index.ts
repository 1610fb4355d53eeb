/**
 * The built-in tasks. A new one is a file beside this one, and an entry in this list: schema, catalogue and generator
 * follow. `datasets/` holds those that are uploaded.
 */
import type { Task } from '../task.ts';
import { adding } from './adding.ts';
import { binaryDigits } from './binary-digits.ts';
import type { SpecOf, TaskDefinition } from './definition.ts';
import { echo } from './echo.ts';
import { parity } from './parity.ts';
import { reber } from './reber.ts';
import { temporalOrder } from './temporal-order.ts';

/** In the order in which they are shown. */
export const tasks = [binaryDigits, parity, echo, adding, temporalOrder, reber] as const;

/** The spec of any built-in task; equal to the one that its schema in specs.ts infers. */
type BuiltInTask = SpecOf<(typeof tasks)[number]>;

/** The generator of a built-in task. Throws a TypeError for a dataset, which is none: `trainingData` serves both. */
export function taskOf(spec: BuiltInTask | { type: 'dataset'; dataset: string }): Task {
  if (spec.type === 'dataset') throw new TypeError(`${spec.dataset} is a dataset, not a built-in task.`);
  const definition: TaskDefinition = tasks.find(({ type }) => type === spec.type)!;
  return definition.task(spec);
}
