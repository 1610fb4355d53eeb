/** Contract: losses, gradients, weights and carried state are those that PyTorch computed in float64 (fixtures/make_pytorch_figures.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/contract.ts';
import type { Batch } from '../../../src/model/batch.ts';
import { type StackSettings, stackOf } from '../../../src/model/description.ts';
import type { Optimizer } from '../../../src/model/optimizer.ts';
import { gradientOf, startTrainer } from '../cases.ts';
import { expectClose, float32Gradient } from '../closeness.ts';

interface State {
  weights: number[];
  carried: number[];
}

interface Figures {
  size: { B: number; T: number };
  shape: StackSettings;
  runs: Record<string, Run>;
}

/** Steps of one optimiser, from a carried state, with a mask. */
interface Run {
  optimizer: Optimizer;
  start: State;
  batches: { inputs: number[]; labels: number[]; mask: number[] }[];
  /** Before clipping. */
  firstGradient: number[];
  losses: number[];
  final: State;
}

export const figures: Figures = JSON.parse(readFileSync(new URL('../fixtures/pytorch.json', import.meta.url), 'utf8'));
export const figuresModel = stackOf(figures.shape);

export function batchesOf({ batches }: Run): Batch[] {
  return batches.map(({ inputs, labels, mask }) => ({
    batchSize: figures.size.B,
    sequenceLength: figures.size.T,
    inputs: Float32Array.from(inputs),
    labels: Int32Array.from(labels),
    mask: Float32Array.from(mask),
  }));
}

export function describePytorchFigures(engine: Engine): void {
  describe.each(Object.entries(figures.runs))('PyTorch’s figures with %s', (_, run) => {
    const batches = batchesOf(run);
    const start = {
      model: figuresModel,
      weights: Float32Array.from(run.start.weights),
      carried: Float32Array.from(run.start.carried),
      batch: batches[0],
    };

    it('are the first gradient', () => {
      const expected = Float64Array.from(run.firstGradient);
      expectClose(gradientOf(engine, start).gradient, expected, float32Gradient);
    });

    it('are the loss of every step, and what weights and state are in the end', () => {
      const trainer = startTrainer(engine, start, run.optimizer, { carryState: true, carried: start.carried });
      for (const [step, batch] of batches.entries()) {
        trainer.step(batch);
        expect(trainer.metrics().loss, `loss of step ${step}`).toBeCloseTo(run.losses[step], 5);
      }
      const { weights, carried } = trainer.state();
      // Eight updates carry the rounding of float32 on.
      expectClose(weights, Float64Array.from(run.final.weights), { norm: 1e-5, element: 1e-4 });
      expectClose(carried, Float64Array.from(run.final.carried), { norm: 1e-5, element: 1e-4 });
      trainer.dispose();
    });
  });
}
