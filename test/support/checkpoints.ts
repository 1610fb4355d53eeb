/**
 * Checkpoints with weights as a new job has them, for tests of what is done with stored models.
 */
import path from 'node:path';
import type { Checkpoint } from '../../src/checkpoints/format/checkpoint.ts';
import type { CheckpointStore, CheckpointSummary } from '../../src/checkpoints/store.ts';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { type ModelDescription, stackOf } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { Random } from '../../src/model/random.ts';

export const smallModel: ModelDescription = stackOf({ features: 1, classes: 4, units: [3, 2] });

export function weightsOf(model: ModelDescription, seed: number): Float32Array {
  return initialWeights(model, Random.seeded(seed, 'weights'));
}

/** A checkpoint whose step is the seed of its weights. */
export function checkpointOf(step: number, loss = 1, model: ModelDescription = smallModel): Checkpoint {
  return {
    step,
    metrics: { loss, accuracy: 0.5 },
    model,
    carriesState: false,
    engine: { name: 'simd', threads: 1 },
    trainer: { weights: weightsOf(model, step), slots: {}, carried: new Float32Array(0) },
    data: { random: [1, 2, 3, 4], streams: [] },
    encoding: { inputs: InputEncoder.plain(model.input.features).state, labels: null },
    heldOut: null,
    evaluation: null,
  };
}

/** Where a store in a folder has a checkpoint. */
export function stepFolder(folder: string, job: string, step: number): string {
  return path.join(folder, 'checkpoints', job, `step-${step}`);
}

/** Stores such a checkpoint. */
export function saveCheckpoint(
  store: CheckpointStore,
  job: string,
  step: number,
  loss: number,
  model: ModelDescription = smallModel,
): Promise<CheckpointSummary> {
  return store.save(job, checkpointOf(step, loss, model));
}
