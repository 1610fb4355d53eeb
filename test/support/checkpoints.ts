/**
 * Checkpoints with weights as a new job has them, for tests of what is done with stored models.
 */
import { InputEncoder } from '../../src/data/encoder.ts';
import type { ModelShape } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { Random } from '../../src/model/random.ts';
import type { Checkpoint } from '../../src/models/checkpoint.ts';
import type { CheckpointStore, CheckpointSummary } from '../../src/models/store.ts';

export const smallShape: ModelShape = { features: 1, classes: 4, units: [3, 2] };

export function weightsOf(shape: ModelShape, seed: number): Float32Array {
  return initialWeights(shape, 1, Random.seeded(seed, 'weights'));
}

/** A checkpoint whose step is the seed of its weights. */
export function checkpointOf(step: number, loss = 1, shape: ModelShape = smallShape): Checkpoint {
  return {
    step,
    metrics: { loss, accuracy: 0.5 },
    shape,
    carriesState: false,
    engine: { name: 'simd', threads: 1 },
    trainer: { weights: weightsOf(shape, step), slots: {}, carried: new Float32Array(0) },
    data: { random: [1, 2, 3, 4], streams: [] },
    encoding: { inputs: InputEncoder.plain(shape.features).state, labels: null },
    heldOut: null,
    evaluation: null,
  };
}

/** Stores such a checkpoint. */
export function saveCheckpoint(
  store: CheckpointStore,
  job: string,
  step: number,
  loss: number,
  shape: ModelShape = smallShape,
): Promise<CheckpointSummary> {
  return store.save(job, checkpointOf(step, loss, shape));
}
