/**
 * The training of a job without the service around it: what the service's time is compared with.
 */

import { trainingData } from '../../src/data/training-data.ts';
import { loadEngine } from '../../src/engine/load.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { initialSlots } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';
import { modelOf } from '../../src/spec/described-model.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { quantile } from './job-timings.ts';

const repeats = 9;

/** Seconds of all steps on the engine simd, batches included: the median of some runs in this process. */
export async function bareSeconds(input: JobSpecInput): Promise<number> {
  const spec = resolveJobSpec(input);
  const model = modelOf(spec);
  const engine = await loadEngine('simd', 1);
  const times = Array.from({ length: repeats }, () => {
    const { source, carryState } = trainingData(spec);
    const { batchSize, sequenceLength } = spec.data;
    const started = performance.now();
    const trainer = engine.createTrainer(
      { model, batchSize, sequenceLength, optimizer: spec.optimizer, carryState },
      {
        weights: initialWeights(model, Random.seeded(spec.training.seed, 'weights')),
        slots: initialSlots(spec.optimizer, parameterCount(model)),
        carried: new Float32Array(stateLength(model, batchSize)),
      },
    );
    for (let step = 0; step < spec.training.steps; step++) trainer.step(source.next());
    trainer.metrics();
    trainer.dispose();
    return (performance.now() - started) / 1000;
  });
  return quantile(times, 0.5);
}
