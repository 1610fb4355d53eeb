import { describe, expect, test } from 'vitest';
import { fitRelative } from '../../bench/fit.ts';
import { chooseEngine } from '../../src/engine/choose.ts';

describe('fitRelative', () => {
  const terms = [1, 2, 4, 8, 16].flatMap((a) => [1, 10, 100].map((b) => [1, a, a * b]));

  test('finds the coefficients that made the times', () => {
    const measured = terms.map(([one, a, ab]) => 3e-4 * one + 2e-6 * a + 5e-9 * ab);
    const fitted = fitRelative(terms, measured);
    for (const [k, value] of [3e-4, 2e-6, 5e-9].entries()) expect(fitted[k] / value).toBeCloseTo(1, 3);
  });

  test('makes nothing cheaper than free', () => {
    const fitted = fitRelative(
      terms,
      terms.map(([one, a]) => one - 0.01 * a),
    );
    expect(Math.min(...fitted)).toBe(0);
  });
});

describe('the choice of an engine', () => {
  const both = ['simd', 'tensorflow'] as const;
  const request = (batchSize: number, sequenceLength: number, units: number) =>
    ({ engine: 'auto', shape: { features: 1, units: [units, units], classes: 4 }, batchSize, sequenceLength }) as const;

  test('falls on simd for the question’s model and on tensorflow for a large one', () => {
    expect(chooseEngine(request(7, 50, 5), both).name).toBe('simd');
    expect(chooseEngine(request(64, 100, 256), both).name).toBe('tensorflow');
  });
});
