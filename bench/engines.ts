/**
 * Our engines as contestants of the benchmark, in this process; also what they take for a prediction.
 */
import { taskBatches } from '../src/data/batching/task-batches.ts';
import { taskOf } from '../src/data/tasks/index.ts';
import type { Engine, Trainer } from '../src/engine/contract.ts';
import { usefulThreads } from '../src/engine/costs.ts';
import { loadEngine } from '../src/engine/load.ts';
import { type EngineName, engineNames } from '../src/engine/registry.ts';
import type { Batch } from '../src/model/batch.ts';
import { initialWeights } from '../src/model/initial-values.ts';
import type { Optimizer } from '../src/model/optimizer.ts';
import { Random } from '../src/model/random.ts';
import { stateLength } from '../src/model/state.ts';
import { EngineUnavailableError } from '../src/platform/errors.ts';
import { type BenchSize, type Contestant, modelOfSize, stepSizeOf } from './contestant.ts';

const optimizer: Optimizer = { type: 'sgd', learningRate: 0.1, clipNorm: 10 };

/** The names of those that can run here; the others are named to `complain`. */
export async function installed(complain: (message: string) => void): Promise<EngineName[]> {
  const names: EngineName[] = [];
  for (const name of engineNames) {
    try {
      await loadEngine(name, 1);
      names.push(name);
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      complain(error.message);
    }
  }
  return names;
}

/** The engine on as many of the cores as the service would train on. */
export function engineContestant(name: EngineName, cores: number): Contestant {
  let prepared: { key: string; trainer: Trainer; batch: Batch } | undefined;
  const prepare = async (size: BenchSize) => {
    const key = JSON.stringify(size);
    if (prepared?.key === key) return prepared;
    prepared?.trainer.dispose();
    const engine = await loadEngine(name, usefulThreads(name, stepSizeOf(size), cores));
    prepared = { key, trainer: startTrainer(engine, size), batch: batchOf(size) };
    return prepared;
  };
  return {
    name,
    async train(size, steps) {
      const { trainer, batch } = await prepare(size);
      const started = performance.now();
      for (let step = 0; step < steps; step++) trainer.step(batch);
      // Reading the loss waits for the last step, whatever an engine may have put off.
      trainer.metrics();
      return (performance.now() - started) / 1000;
    },
    close: () => prepared?.trainer.dispose(),
  };
}

/** Median milliseconds of one prediction of T steps for one row. */
export async function predictionTime(name: EngineName, size: BenchSize, repeats: number): Promise<number> {
  const engine = await loadEngine(name, 1);
  const predictor = engine.createPredictor(modelOfSize(size), weightsOf(size));
  const { inputs } = batchOf({ ...size, B: 1 });
  const times = Array.from({ length: repeats }, () => {
    const started = performance.now();
    predictor.predict(inputs, size.T);
    return performance.now() - started;
  });
  predictor.dispose();
  return times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
}

function startTrainer(engine: Engine, size: BenchSize): Trainer {
  const model = modelOfSize(size);
  const config = { model, optimizer, batchSize: size.B, sequenceLength: size.T, carryState: false };
  const carried = new Float32Array(stateLength(model, size.B));
  return engine.createTrainer(config, { weights: weightsOf(size), slots: {}, carried });
}

function weightsOf(size: BenchSize): Float32Array {
  return initialWeights(modelOfSize(size), Random.seeded(1, 'weights'));
}

function batchOf({ B, T }: BenchSize): Batch {
  const options = { batchSize: B, sequenceLength: T, layout: 'batch-major', rows: 'independent' } as const;
  return taskBatches(taskOf({ type: 'binary-digits', base: 2, order: 1 }), options, Random.seeded(1, 'data')).next();
}
