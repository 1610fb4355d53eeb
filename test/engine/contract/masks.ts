/** Contract: the mask weighs each step's loss, and nothing of a step that it leaves out is looked at. */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/contract.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import { gradientOf, makeCase, optimizers, smallSize, startTrainer } from '../cases.ts';
import { expectClose, expectSameBits, float32Gradient } from '../closeness.ts';

export function describeMasks(engine: Engine): void {
  describe('masks', () => {
    it('ignore the labels of steps that do not count', () => {
      const given = makeCase(smallSize);
      const before = gradientOf(engine, given);
      const strange = [-1, given.model.head.classes, 2 ** 31 - 1, -(2 ** 31)];
      given.batch.labels.forEach((_, n, labels) => {
        if (given.batch.mask[n] === 0) labels[n] = strange[n % strange.length];
      });
      const after = gradientOf(engine, given);
      expectSameBits(after.gradient, before.gradient, 'gradient');
      expect(after.loss).toBe(before.loss);
      expect(after.accuracy).toBe(before.accuracy);
    });

    it('count by their share: twice the mask is the same loss', () => {
      const given = makeCase(smallSize);
      const once = gradientOf(engine, given);
      const twice = gradientOf(engine, {
        ...given,
        batch: { ...given.batch, mask: given.batch.mask.map((w) => 2 * w) },
      });
      expect(twice.loss).toBeCloseTo(once.loss, 5);
      expectClose(twice.gradient, once.gradient, { norm: 1e-6, element: 1e-5 });
    });

    it('may weigh very differently', () => {
      const given = makeCase(smallSize);
      given.batch.mask.forEach((_, n, mask) => {
        mask[n] = [1e-6, 1, 1000][n % 3];
      });
      const expected = gradientOf(referenceEngine, given);
      const actual = gradientOf(engine, given);
      expect(actual.loss).toBeCloseTo(expected.loss, 5);
      expectClose(actual.gradient, expected.gradient, float32Gradient);
    });

    it('of the last steps alone make the loss that of labels at the end', () => {
      const made = makeCase(smallSize);
      const given = { ...made, carried: made.carried.map(() => 0) };
      const { batch } = given;
      const model = { ...given.model, head: { ...given.model.head, at: 'end' as const } };
      const { classes } = model.head;
      const last = (batch.sequenceLength - 1) * batch.batchSize;
      const atEnd = { ...given, model, batch: { ...batch, mask: batch.mask.map((_, n) => (n >= last ? 1 : 0)) } };
      const expected = gradientOf(referenceEngine, atEnd);
      const actual = gradientOf(engine, atEnd);
      expectClose(actual.gradient, expected.gradient, float32Gradient);
      const trainer = startTrainer(engine, atEnd, optimizers.sgd);
      const probabilities = trainer.probabilities(atEnd.batch);
      trainer.dispose();
      const losses = [...batch.labels.subarray(last)].map((c, b) => -Math.log(probabilities[(last + b) * classes + c]));
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      expect(actual.loss).toBeCloseTo(mean, 5);
      expect(expected.loss).toBeCloseTo(mean, 5);
    });

    it.each(Object.entries(optimizers))('of zeros make loss 0 and a zero gradient for %s', (_, optimizer) => {
      const given = makeCase(smallSize);
      const blank = { ...given.batch, mask: new Float32Array(given.batch.mask.length) };
      const [ours, reference] = [engine, referenceEngine].map((each) => {
        const trainer = startTrainer(each, given, optimizer);
        // The first step fills the slots, so that the second has something to do with a zero gradient.
        trainer.step(given.batch);
        trainer.step(blank);
        const outcome = { metrics: trainer.metrics(), state: trainer.state() };
        trainer.dispose();
        return outcome;
      });
      expect(ours.metrics).toEqual({ loss: 0, accuracy: 0 });
      expectClose(ours.state.weights, reference.state.weights, { norm: 1e-5, element: 1e-4 });
    });

    it('of zeros leave the weights alone to the bit under sgd', () => {
      const given = makeCase(smallSize);
      given.batch.mask.fill(0);
      const trainer = startTrainer(engine, given, optimizers.sgd);
      trainer.step(given.batch);
      expectSameBits(trainer.state().weights, given.weights, 'weights');
      trainer.dispose();
    });
  });
}
