/**
 * What makes the built-in tasks, by name. `specs.ts` says how they are asked for; `datasets/` holds those that are uploaded.
 */
import type { Task } from '../task.ts';
import { adding } from './adding.ts';
import { binaryDigits } from './binary-digits.ts';
import { echo } from './echo.ts';
import { parity } from './parity.ts';
import { reber } from './reber.ts';
import type { TaskSpec } from './specs.ts';
import { temporalOrder } from './temporal-order.ts';

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
