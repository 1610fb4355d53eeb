/** Models in shared memory: one copy of the parameters, lanes that do not disturb each other, and the bits of every other predictor. */
import { describe, expect, it } from 'vitest';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { openPredictor, sharedBytes, shareModel } from '../../src/engine/simd/shared-model.ts';
import { stackOf } from '../../src/model/description.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { makeCase, onSizes } from './cases.ts';
import { expectSameBits } from './closeness.ts';

function sines(length: number, phase: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + phase));
}

describe('a shared model', () => {
  it('predicts the bits of a predictor by itself, in every lane', () => {
    onSizes(20, (size) => {
      const { model, weights } = makeCase(size);
      const shared = shareModel(model, weights, 3);
      const alone = simdEngine.createPredictor(model, weights);
      const predictors = [openPredictor(shared), openPredictor(shared)];
      for (const [n, predictor] of predictors.entries()) {
        for (const lane of [0, 2, 1]) {
          predictor.useLane(lane);
          const inputs = sines(size.T * size.I, n + lane);
          expectSameBits(predictor.predict(inputs, size.T), alone.predict(inputs, size.T), `lane ${lane}`);
        }
      }
    });
  });

  it('leaves a sequence in one lane as it is while another lane computes', () => {
    const { model, weights } = makeCase({ B: 1, T: 1, I: 2, units: [5, 3], C: 3, seed: 4 });
    const shared = shareModel(model, weights, 2);
    const [one, other] = [openPredictor(shared), openPredictor(shared)];
    other.useLane(1);
    const inputs = sines(2 * 40, 0);
    const whole = openPredictor(shareModel(model, weights, 1)).predict(inputs, 40);
    one.predict(inputs.subarray(0, 2 * 20), 20);
    other.predict(sines(2 * 300, 9), 300);
    expectSameBits(one.predict(inputs.subarray(2 * 20), 20, one.finalState()), whole.subarray(20 * 3), 'second half');
  });

  it('continues to the bit from the state in which a sequence has ended, step by step', () => {
    onSizes(10, (size) => {
      const { model, weights, carried } = makeCase({ ...size, B: 1 });
      const predictor = openPredictor(shareModel(model, weights, 1));
      const inputs = sines(size.T * size.I, 3);
      const expected = predictor.predict(inputs, size.T, carried);
      let state = carried;
      for (let t = 0; t < size.T; t++) {
        const step = predictor.predict(inputs.subarray(t * size.I, (t + 1) * size.I), 1, state);
        expectSameBits(step, expected.subarray(t * size.C, (t + 1) * size.C), `step ${t}`);
        state = predictor.finalState();
      }
    });
  });

  it('takes the parameters once, however many lanes it has', () => {
    const model = stackOf({ features: 1, classes: 4, units: [256, 256] });
    const weights = new Float32Array(parameterCount(model));
    const one = sharedBytes(shareModel(model, weights, 1));
    expect(one).toBeGreaterThan(4 * weights.length);
    expect(sharedBytes(shareModel(model, weights, 9)) - one).toBeLessThan(weights.length);
  });
});
