/** Contract: numbers at the edge of float32 neither overflow nor hide; what is not a number shows in the metrics. */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/contract.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import { parameterSegments } from '../../../src/model/parameters.ts';
import { gradientOf, makeCase, optimizers, smallSize, startTrainer } from '../cases.ts';
import { expectClose } from '../closeness.ts';

/** Saturated gates: what is left of a gradient is 1 - σ(x), in which float32 keeps fewer digits. */
const saturated = { norm: 1e-4, element: 1e-2 };

export function describeExtremes(engine: Engine): void {
  describe('extremes', () => {
    it.each([1e4, 1e30, 1e-30, 0])('takes inputs of size %f', (scale) => {
      const given = makeCase(smallSize);
      given.batch.inputs.forEach((value, i, inputs) => {
        inputs[i] = value * scale;
      });
      const expected = gradientOf(referenceEngine, given);
      const actual = gradientOf(engine, given);
      expect(actual.loss).toBeCloseTo(expected.loss, 4);
      expectClose(actual.carried, expected.carried, saturated);
      expect(actual.gradient.every(Number.isFinite)).toBe(true);
      if (scale <= 1e4) expectClose(actual.gradient, expected.gradient, saturated);
    });

    it.each([1e4, -1e4])('takes gates driven to %d', (value) => {
      const given = makeCase(smallSize);
      for (const { name, offset, length } of parameterSegments(given.model).slice(0, 3)) {
        if (name === 'bias') given.weights.fill(value, offset, offset + length);
      }
      const expected = gradientOf(referenceEngine, given);
      const actual = gradientOf(engine, given);
      expect(actual.loss).toBeCloseTo(expected.loss, 4);
      expectClose(actual.gradient, expected.gradient, saturated);
    });

    it('has a finite loss where a probability is too small for a number', () => {
      const given = makeCase(smallSize);
      const bias = parameterSegments(given.model).at(-1)!;
      given.weights.set([0, 1e4, -1e4, 500], bias.offset);
      const expected = gradientOf(referenceEngine, given);
      const actual = gradientOf(engine, given);
      expect(expected.loss).toBeGreaterThan(1000);
      expect(Math.abs(actual.loss / expected.loss - 1)).toBeLessThan(1e-5);
      expectClose(actual.gradient, expected.gradient, saturated);
    });

    it.each(['kernel', 'recurrent', 'bias'])('shows a %s that is not a number in the loss', (name) => {
      const given = makeCase({ ...smallSize, units: [5, 3] });
      const segment = parameterSegments(given.model).find((each) => each.name === name)!;
      given.weights.fill(Number.NaN, segment.offset, segment.offset + segment.length);
      expect(gradientOf(engine, given).loss).not.toSatisfy(Number.isFinite);
    });

    it('shows a softmax weight that is not a number in the loss', () => {
      const given = makeCase(smallSize);
      given.weights[given.weights.length - 1] = Number.NaN;
      expect(gradientOf(engine, given).loss).not.toSatisfy(Number.isFinite);
    });

    it.each(Object.entries(optimizers))(
      'lets a run that diverged show it in the next loss, with %s',
      (_, optimizer) => {
        const given = makeCase(smallSize);
        given.weights[0] = Number.NaN;
        const diverged = startTrainer(engine, given, optimizer);
        diverged.step(given.batch);
        diverged.step(given.batch);
        expect(diverged.metrics().loss).not.toSatisfy(Number.isFinite);
        diverged.dispose();
      },
    );
  });
}
