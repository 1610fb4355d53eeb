/**
 * Inputs to put in the place of others: from the data that a model was trained on, as it sees them.
 */

import type { BatchOptions } from '../../data/batching/task-batches.ts';
import { DatasetStore } from '../../data/datasets/stored/store.ts';
import type { InputEncoder } from '../../data/encoding/encoder.ts';
import { taskHeldOut } from '../../data/held-out.ts';
import { taskOf } from '../../data/tasks/index.ts';
import type { TaskSpec } from '../../data/tasks/specs.ts';
import { joinedArrays } from '../../model/arrays.ts';
import { CorruptDatasetError, NotFoundError } from '../../platform/errors.ts';
import type { BlobStore } from '../../storage/blob-store.ts';
import type { ExplanationResult } from './explanation.ts';

/** What the data of a job depend on. */
export interface DrawnData {
  task: TaskSpec;
  data: Omit<BatchOptions, 'classWeights'>;
  training: { seed: number };
}

export interface Draws {
  from: Exclude<ExplanationResult['drawnFrom'], 'request'>;
  /** [n,I] */
  values: Float32Array;
}

/** Inputs that are drawn from, at most; of a dataset with more, in so many runs, which lie evenly over it. */
const mostInputs = 10_000;
const runsOfInputs = 20;

/** undefined: the dataset is not there any more, or is damaged. */
export async function drawsOf(
  { task, data, training }: DrawnData,
  encoder: InputEncoder,
  blobs: BlobStore,
): Promise<Draws | undefined> {
  const I = encoder.features;
  const values: Float32Array[] = [];
  if (task.type !== 'dataset') {
    let steps = 0;
    for (const { inputs } of taskHeldOut(taskOf(task), data, training.seed, 'test').sequences()) {
      values.push(inputs);
      steps += inputs.length / I;
      if (steps >= mostInputs) break;
    }
    return { from: 'task', values: joinedArrays(values).subarray(0, mostInputs * I) };
  }
  try {
    const dataset = await (await new DatasetStore(blobs).stored(task.dataset)).openSpread(mostInputs, runsOfInputs);
    const steps = dataset.offsets[dataset.offsets.length - 1];
    const write = encoder.writer(dataset);
    const drawn = new Float32Array(steps * I);
    for (let step = 0; step < steps; step++) write(step, drawn, step);
    return { from: 'dataset', values: drawn };
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof CorruptDatasetError) return undefined;
    throw error;
  }
}
