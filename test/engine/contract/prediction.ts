/** Contract: probabilities of a batch and of one sequence at a time are the same, are the reference's, and change nothing. */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/contract.ts';
import { forward } from '../../../src/engine/reference/network.ts';
import { type Case, makeCase, onSizes, sgd, smallSize, startTrainer } from '../cases.ts';
import { expectSameBits } from '../closeness.ts';

/** A probability lies in [0, 1], and its error is that of the logits, some 1e-6 with an engine's own exp and tanh. */
const tolerance = 1e-5;

export function describePrediction(engine: Engine): void {
  describe('prediction', () => {
    it('agrees with float64 at odd sizes, in a batch and row by row', () => {
      onSizes(20, (size) => {
        const given = makeCase(size);
        const { model, weights, batch } = given;
        const expected = forward(model, Float64Array.from(weights), batch).probabilities;
        const trainer = startTrainer(engine, given, sgd);
        expectProbabilities(trainer.probabilities(batch), expected);
        trainer.dispose();
        const predictor = engine.createPredictor(model, weights);
        for (let b = 0; b < Math.min(size.B, 3); b++) {
          const predicted = predictor.predict(rowOf(batch.inputs, b, size.B, size.I), size.T);
          expectProbabilities(predicted, rowOf(expected, b, size.B, size.C));
        }
        predictor.dispose();
      });
    });

    it('takes sequences of any length, one after the other', () => {
      const { model, weights } = makeCase(smallSize);
      const predictor = engine.createPredictor(model, weights);
      const inputs = Float32Array.from({ length: 300 * model.input.features }, (_, i) => Math.sin(i));
      const long = predictor.predict(inputs, 300);
      expect(long.length).toBe(300 * model.head.classes);
      // Causal, and from zero state each time: a prefix predicts the same, whatever came before it.
      for (const T of [1, 17, 300]) {
        const short = predictor.predict(inputs.slice(0, T * model.input.features), T);
        expectProbabilities(short, Float64Array.from(long.subarray(0, T * model.head.classes)));
      }
      predictor.dispose();
    });

    it('continues from the state that it is given', () => {
      onSizes(10, (size) => {
        const { model, weights, batch, carried } = makeCase({ ...size, B: 1 });
        const expected = forward(model, Float64Array.from(weights), batch, Float64Array.from(carried)).probabilities;
        const predictor = engine.createPredictor(model, weights);
        const fromZero = predictor.predict(batch.inputs, size.T);
        expectProbabilities(predictor.predict(batch.inputs, size.T, carried), expected);
        expectSameBits(predictor.predict(batch.inputs, size.T), fromZero, 'probabilities from zero state again');
        predictor.dispose();
      });
    });

    it('uses a copy of the weights, and gives arrays away for good', () => {
      const { model, weights, batch } = makeCase(smallSize);
      const own = weights.slice();
      const predictor = engine.createPredictor(model, own);
      const inputs = rowOf(batch.inputs, 0, 3, model.input.features);
      const first = predictor.predict(inputs, 7);
      const kept = first.slice();
      own.fill(0);
      const second = predictor.predict(inputs, 7);
      expectSameBits(second, kept, 'probabilities');
      second.fill(0);
      expectSameBits(first, kept, 'probabilities of the first call');
      predictor.dispose();
    });

    it('changes nothing, and starts from zero state whatever is carried', () => {
      const given = makeCase(smallSize);
      const trainer = startTrainer(engine, given, sgd, { carryState: true, carried: given.carried });
      const fresh = trainer.probabilities(given.batch);
      const before = trainer.state();
      trainer.probabilities(given.batch);
      expectSameBits(trainer.state().carried, before.carried, 'carried state');
      expectSameBits(trainer.state().weights, before.weights, 'weights');
      trainer.step(given.batch);
      const { loss } = trainer.metrics();
      trainer.probabilities(given.batch);
      expect(trainer.metrics().loss).toBe(loss);
      trainer.dispose();
      expectProbabilities(fresh, forward(given.model, Float64Array.from(given.weights), given.batch).probabilities);
    });

    it('needs neither labels nor mask that mean anything', () => {
      const given: Case = makeCase(smallSize);
      const trainer = startTrainer(engine, given, sgd);
      const expected = trainer.probabilities(given.batch);
      given.batch.labels.fill(-1);
      given.batch.mask.fill(0);
      expectSameBits(trainer.probabilities(given.batch), expected, 'probabilities');
      trainer.dispose();
    });
  });
}

function expectProbabilities(actual: Float32Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
  expect(actual.every((value) => value >= 0 && value <= 1 + 1e-6)).toBe(true);
}

/** Row b of a time-major array [T,B,width]: [T,width]. */
function rowOf<A extends Float32Array | Float64Array>(values: A, b: number, B: number, width: number): A {
  return values.filter((_, i) => Math.floor(i / width) % B === b) as A;
}
