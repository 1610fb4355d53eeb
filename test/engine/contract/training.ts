/**
 * Contract: whole runs. Every optimiser's first 50 steps, 200-step loss curves in both layouts and with every kind of
 * rows, and the same bits every time.
 */
import { describe, expect, it } from 'vitest';
import {
  type BatchOptions,
  type BatchSource,
  carriesState,
  taskBatches,
} from '../../../src/data/batching/task-batches.ts';
import { taskOf } from '../../../src/data/tasks/index.ts';
import type { Engine, Trainer } from '../../../src/engine/contract.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import { stackOf } from '../../../src/model/description.ts';
import { initialWeights } from '../../../src/model/initial-values.ts';
import type { Optimizer } from '../../../src/model/optimizer.ts';
import { Random } from '../../../src/model/random.ts';
import { optimizers, startTrainer } from '../cases.ts';
import { expectClose, expectSameBits } from '../closeness.ts';

const model = stackOf({ features: 1, units: [6, 4], classes: 4 });
const options: BatchOptions = { batchSize: 5, sequenceLength: 14, layout: 'batch-major', rows: 'independent' };

/**
 * Of the way that the weights have gone. Rounding is carried on by the updates, and the optimisers that divide by the
 * gradient's own size make 1e-7 of rounding in the smallest gradients a visible share of a step; a wrong coefficient
 * makes 1e-2 and more.
 */
const updateTolerance = { norm: 1e-3, element: 1e-2 };

export function describeTraining(engine: Engine): void {
  describe('training', () => {
    it.each(Object.entries(optimizers))('follows the reference over 50 steps of %s', (_, optimizer) => {
      const ours = start(engine, optimizer, options);
      const reference = start(referenceEngine, optimizer, options);
      for (let step = 0; step < 50; step++) advance(ours, reference);
      const initial = weightsAtStart();
      const moved = (weights: Float32Array) => weights.map((weight, i) => weight - initial[i]);
      const expected = reference.trainer.state();
      const actual = ours.trainer.state();
      expectClose(moved(actual.weights), moved(expected.weights), updateTolerance);
      expect(Object.keys(actual.slots).sort()).toEqual(Object.keys(expected.slots).sort());
      for (const [name, slot] of Object.entries(expected.slots)) expectClose(actual.slots[name], slot, updateTolerance);
      finish(ours, reference);
    });

    it.each([
      { layout: 'batch-major', rows: 'independent' },
      { layout: 'batch-major', rows: 'lanes' },
      { layout: 'batch-major', rows: 'flat' },
      { layout: 'time-major', rows: 'flat' },
      { layout: 'time-major', rows: 'independent' },
    ] as const)('has the reference’s loss curve over 200 steps of $layout, $rows', (kind) => {
      const ours = start(engine, optimizers.adam, { ...options, ...kind });
      const reference = start(referenceEngine, optimizers.adam, { ...options, ...kind });
      for (let step = 0; step < 200; step++) {
        advance(ours, reference);
        const expected = reference.trainer.metrics().loss;
        // 200 updates carry rounding on; the loss at hand is 0.2 to 1.5 nats, and a wrong term shows within ten steps.
        expect(Math.abs(ours.trainer.metrics().loss - expected), `loss at step ${step}`).toBeLessThan(2e-3);
      }
      finish(ours, reference);
    });

    it('learns', () => {
      const run = start(engine, optimizers.adam, options);
      for (let step = 0; step < 300; step++) run.trainer.step(run.source.next());
      expect(run.trainer.metrics().loss).toBeLessThan(0.3);
      finish(run);
    });

    it.each(Object.entries(optimizers))('gives the same bits every time with %s', (_, optimizer) => {
      const runs = [0, 1].map(() => {
        const run = start(engine, optimizer, { ...options, rows: 'lanes' });
        for (let step = 0; step < 20; step++) run.trainer.step(run.source.next());
        const outcome = { ...run.trainer.state(), ...run.trainer.metrics() };
        finish(run);
        return outcome;
      });
      expectSameBits(runs[0].weights, runs[1].weights, 'weights');
      expectSameBits(runs[0].carried, runs[1].carried, 'carried state');
      for (const [name, slot] of Object.entries(runs[0].slots)) expectSameBits(slot, runs[1].slots[name], name);
      expect(runs[0].loss).toBe(runs[1].loss);
    });
  });
}

interface Run {
  trainer: Trainer;
  source: BatchSource;
}

function weightsAtStart(): Float32Array {
  return initialWeights(model, Random.seeded(1, 'weights'));
}

function start(engine: Engine, optimizer: Optimizer, batches: BatchOptions): Run {
  const source = taskBatches(taskOf({ type: 'binary-digits', base: 2, order: 1 }), batches, Random.seeded(1, 'data'));
  const carryState = carriesState(batches.rows);
  // The batch only gives the size here: the run's own come from the source.
  const batch = { ...batches, inputs: new Float32Array(), labels: new Int32Array(), mask: new Float32Array() };
  return {
    source,
    trainer: startTrainer(engine, { model, weights: weightsAtStart(), batch }, optimizer, { carryState }),
  };
}

function advance(...runs: Run[]): void {
  for (const { trainer, source } of runs) trainer.step(source.next());
}

function finish(...runs: Run[]): void {
  for (const { trainer } of runs) trainer.dispose();
}
