/**
 * Reports on models that a test trains itself, in its own process: on the engine simd, from a job spec to the report.
 */
import { type Dataset, datasetFacts } from '../../src/data/datasets/dataset.ts';
import { symbolsOf } from '../../src/data/encoding/encoder.ts';
import { trainingData } from '../../src/data/training-data.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { judgedOf } from '../../src/diagnosis/report/figures/judged.ts';
import { makeReport } from '../../src/diagnosis/report/report.ts';
import { Report } from '../../src/diagnosis/report/report-schema.ts';
import { sampleOfDataset } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { sampleOfSpec } from '../../src/diagnosis/sampling/sample.ts';
import { predictingEngine } from '../../src/engine/predicting.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { initialSlots } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';
import { completeSpec } from '../../src/spec/completion.ts';
import { modelOf } from '../../src/spec/described-model.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { train } from '../../src/training/train.ts';

export async function reportOfTraining(input: JobSpecInput, dataset?: Dataset): Promise<Report> {
  const facts = dataset && datasetFacts(dataset.sheet, dataset.offsets);
  const spec = completeSpec(resolveJobSpec(input), facts);
  const model = modelOf(spec, facts);
  const { source, carryState, heldOut, encoding } = trainingData(spec, dataset);
  const { batchSize, sequenceLength } = spec.data;
  const state = {
    weights: initialWeights(model, Random.seeded(spec.training.seed, 'weights')),
    slots: initialSlots(spec.optimizer, parameterCount(model)),
    carried: new Float32Array(stateLength(model, batchSize)),
  };
  const config = { model, batchSize, sequenceLength, optimizer: spec.optimizer, carryState };
  const trainer = simdEngine.createTrainer(config, state);
  const hooks = {
    progress: () => {},
    evaluated: () => {},
    checkpoint: async () => {},
    stopRequest: () => 'continue' as const,
  };
  await train(trainer, source, { ...spec.training, done: 0 }, hooks);
  const predictor = predictingEngine.createPredictor(model, trainer.state().weights);
  trainer.dispose();
  const report = makeReport({
    predict: (inputs, length) => predictor.predict(inputs, length),
    judged: judgedOf((heldOut('test') ?? heldOut('validation'))!, 20_000),
    doctor: examine(dataset ? sampleOfDataset(dataset, spec) : sampleOfSpec(spec)),
    names: {
      labels: encoding.labels ?? undefined,
      symbols: encoding.inputs.kind === 'strings' ? symbolsOf(encoding.inputs) : undefined,
    },
    seed: spec.training.seed,
    affordableSteps: { memory: 400_000, influence: 100_000 },
  });
  predictor.dispose();
  return Report.parse(report);
}
