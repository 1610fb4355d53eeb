/** The reference engine against finite differences, and against the contract that it is the measure of. */
import { describe, expect, it } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { lossAndGradient } from '../../src/engine/reference/network.ts';
import { makeCase, onSizes } from './cases.ts';
import { describeEngine } from './contract.ts';

describeEngine(referenceEngine);

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
      const { shape, weights, batch, carried } = makeCase(small);
      const point = Float64Array.from(weights);
      const state = Float64Array.from(carried);
      const { gradient } = lossAndGradient(shape, point, batch, state);
      for (let p = 0; p < point.length; p++) {
        const slope = centralDifference((value) => {
          const moved = Float64Array.from(point);
          moved[p] = value;
          return lossAndGradient(shape, moved, batch, state).loss;
        }, point[p]);
        // Central differences at 1e-5 are off by 1e-10 of the third derivative and 1e-16/1e-5 of rounding.
        expect(Math.abs(slope - gradient[p]), `parameter ${p}`).toBeLessThan(1e-8);
      }
    });
  });
});

function centralDifference(loss: (value: number) => number, at: number): number {
  const distance = 1e-5;
  return (loss(at + distance) - loss(at - distance)) / (2 * distance);
}
