/** Contract: loss, accuracy, gradient of every parameter and the state carried on are the reference's, at any size. */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/contract.ts';
import { lossAndGradient } from '../../../src/engine/reference/network.ts';
import { Random } from '../../../src/model/random.ts';
import { type Case, type CaseSize, gradientOf, makeBatch, makeCase, onSizes, sgd, startTrainer } from '../cases.ts';
import { expectClose, float32Gradient, norm } from '../closeness.ts';

/** Metrics and states are sums of as many terms as gradients, without the recursion backwards. */
const forwardTolerance = { norm: 1e-5, element: 1e-4 };

export function describeGradients(engine: Engine): void {
  describe('gradients', () => {
    it('agree with float64 at odd sizes, with masks and carried state', () => {
      onSizes(40, (size) => expectReferenceGradient(engine, makeCase(size)));
    });

    it.each<[string, Partial<CaseSize>]>([
      ['one row, one step, one unit', { B: 1, T: 1, I: 1, units: [1], C: 2 }],
      ['one row', { B: 1, T: 31, units: [7, 2] }],
      ['one step', { B: 17, T: 1, units: [4, 9] }],
      ['widths that grow and shrink', { units: [3, 33, 1, 16] }],
      ['more features than units', { I: 7, units: [2] }],
      ['many classes', { C: 512, units: [6] }],
      ['widths of whole vectors', { B: 8, T: 16, I: 4, units: [32, 16], C: 8 }],
    ])('agree with float64 for %s', (_, size) => {
      expectReferenceGradient(engine, makeCase({ B: 5, T: 12, I: 3, units: [5], C: 4, seed: 3, ...size }));
    });

    it('agree with float64 for a batch smaller than the config', () => {
      onSizes(10, (size) => {
        const { model, weights } = makeCase(size);
        const smaller = makeBatch(model, Math.ceil(size.B / 2), Math.ceil(size.T / 3), Random.seeded(9, 'data'));
        const largest = { batchSize: size.B, sequenceLength: size.T };
        const momentum = { type: 'momentum', learningRate: 0.1, momentum: 0, nesterov: false, clipNorm: null } as const;
        const trainer = startTrainer(engine, { model, weights, batch: smaller }, momentum, largest);
        trainer.step(smaller);
        const expected = lossAndGradient(model, Float64Array.from(weights), smaller);
        expectClose(trainer.state().slots.velocity, expected.gradient, float32Gradient);
        trainer.dispose();
      });
    });

    it('are scaled down to clipNorm when they are longer, and left alone when not', () => {
      const given = makeCase({ B: 5, T: 12, I: 3, units: [6, 4], C: 5, seed: 4 });
      const { gradient } = gradientOf(engine, given);
      const length = norm(gradient);
      const clipped = gradientOf(engine, given, length / 3).gradient;
      expectClose(
        clipped,
        gradient.map((g) => g / 3),
        { norm: 1e-6, element: 1e-6 },
      );
      const kept = gradientOf(engine, given, length * 3).gradient;
      expectClose(kept, gradient, { norm: 1e-6, element: 1e-6 });
    });
  });

  describe('metrics', () => {
    it('are those of the weights before the update', () => {
      const given = makeCase({ B: 4, T: 9, I: 2, units: [5], C: 3, seed: 5 });
      const trainer = startTrainer(engine, given, { ...sgd, learningRate: 1 });
      trainer.step(given.batch);
      const { loss } = lossAndGradient(given.model, Float64Array.from(given.weights), given.batch);
      expect(trainer.metrics().loss).toBeCloseTo(loss, 5);
      trainer.dispose();
    });

    it('refuse to speak before the first step', () => {
      const trainer = startTrainer(engine, makeCase({ B: 1, T: 1, I: 1, units: [1], C: 2, seed: 1 }), sgd);
      expect(() => trainer.metrics()).toThrow();
      trainer.dispose();
    });

    it('take the lowest of several most probable classes', () => {
      const given = makeCase({ B: 4, T: 6, I: 2, units: [3], C: 4, seed: 6 });
      given.batch.mask.fill(1);
      const trainer = startTrainer(engine, { ...given, weights: new Float32Array(given.weights.length) }, sgd);
      trainer.step(given.batch);
      const zeros = given.batch.labels.filter((label) => label === 0).length;
      expect(trainer.metrics().accuracy).toBeCloseTo(zeros / 24, 6);
      trainer.dispose();
    });
  });
}

function expectReferenceGradient(engine: Engine, given: Case): void {
  const { model, weights, batch, carried } = given;
  const expected = lossAndGradient(model, Float64Array.from(weights), batch, Float64Array.from(carried));
  const actual = gradientOf(engine, given);
  expect(Math.abs(actual.loss - expected.loss)).toBeLessThanOrEqual(1e-5 * expected.loss);
  // Where two classes are equally probable to seven digits, rounding decides: one step may fall either way.
  const counted = batch.mask.filter((weight) => weight > 0).length;
  expect(Math.abs(actual.accuracy - expected.accuracy)).toBeLessThan(1.5 / counted);
  expectClose(actual.carried, expected.carried, forwardTolerance);
  expectClose(actual.gradient, expected.gradient, float32Gradient);
}
