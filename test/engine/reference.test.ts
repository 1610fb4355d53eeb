/** The reference engine against finite differences, and against the contract that it is the measure of. */
import { describe, expect, it } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { lossAndGradient } from '../../src/engine/reference/network.ts';
import { initialSlots64, update } from '../../src/engine/reference/optimizers.ts';
import { makeCase, onSizes } from './cases.ts';
import { expectClose } from './closeness.ts';
import { batchesOf, figures, figuresModel } from './contract/pytorch.ts';
import { describeEngine } from './contract.ts';

describeEngine(referenceEngine);

/** Both sides carry 1e-16 per operation. */
const float64 = { norm: 1e-12, element: 1e-10 };

describe('reference gradient', () => {
  it('is the slope of the loss in every parameter', () => {
    // Small models only: two forward passes for each parameter.
    onSizes(12, (size) => {
      const small = {
        ...size,
        B: Math.min(size.B, 4),
        T: Math.min(size.T, 9),
        units: size.units.map((H) => (H % 4) + 1),
      };
      const { model, weights, batch, carried } = makeCase(small);
      const point = Float64Array.from(weights);
      const state = Float64Array.from(carried);
      const { gradient } = lossAndGradient(model, point, batch, state);
      for (let p = 0; p < point.length; p++) {
        const slope = centralDifference((value) => {
          const moved = Float64Array.from(point);
          moved[p] = value;
          return lossAndGradient(model, moved, batch, state).loss;
        }, point[p]);
        // Central differences at 1e-5 are off by 1e-10 of the third derivative and 1e-16/1e-5 of rounding.
        expect(Math.abs(slope - gradient[p]), `parameter ${p}`).toBeLessThan(1e-8);
      }
    });
  });
});

describe('reference in float64', () => {
  it.each(Object.entries(figures.runs))('computes PyTorch’s figures with %s to twelve digits', (_, run) => {
    const model = figuresModel;
    const weights = Float64Array.from(run.start.weights);
    const slots = initialSlots64(run.optimizer, weights.length);
    let carried: Float64Array = Float64Array.from(run.start.carried);
    for (const [step, batch] of batchesOf(run).entries()) {
      const outcome = lossAndGradient(model, weights, batch, carried);
      if (step === 0) expectClose(outcome.gradient, Float64Array.from(run.firstGradient), float64);
      expect(Math.abs(outcome.loss - run.losses[step])).toBeLessThan(1e-12);
      update(run.optimizer, weights, slots, outcome.gradient);
      carried = outcome.carried;
    }
    expectClose(weights, Float64Array.from(run.final.weights), float64);
    expectClose(carried, Float64Array.from(run.final.carried), float64);
  });
});

function centralDifference(loss: (value: number) => number, at: number): number {
  const distance = 1e-5;
  return (loss(at + distance) - loss(at - distance)) / (2 * distance);
}
