import { describe, expect, test } from 'vitest';
import { fitRelative } from '../../bench/choice/fit.ts';
import { chooseEngine } from '../../src/engine/choose.ts';
import { usefulThreads } from '../../src/engine/costs.ts';
import { stackOf } from '../../src/model/description.ts';

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
    ({
      engine: 'auto',
      model: stackOf({ features: 1, units: [units, units], classes: 4 }),
      batchSize,
      sequenceLength,
    }) as const;

  test('falls on simd for the question’s model and on tensorflow for a large one', () => {
    expect(chooseEngine(request(7, 50, 5), both, 2).name).toBe('simd');
    expect(chooseEngine(request(64, 100, 256), both, 2).name).toBe('tensorflow');
  });

  test('knows that simd takes less time on more cores, but not where a model is small', () => {
    const seconds = (size: ReturnType<typeof request>, cores: number) =>
      chooseEngine({ ...size, engine: 'simd' }, both, cores).secondsPerStep;
    const large = request(32, 50, 64);
    expect(seconds(large, 2)).toBeLessThan(0.7 * seconds(large, 1));
    expect(seconds(request(7, 50, 5), 2)).toBe(seconds(request(7, 50, 5), 1));
  });
});

describe('threads that pay', () => {
  const size = (batchSize: number, units: number) =>
    ({ model: stackOf({ features: 1, units: [units, units], classes: 4 }), batchSize, sequenceLength: 50 }) as const;

  test('are one for a small model, on either engine', () => {
    for (const name of ['simd', 'tensorflow'] as const) expect(usefulThreads(name, size(7, 5), 8)).toBe(1);
  });

  test('are on simd no more than there are tiles of eight rows', () => {
    expect(usefulThreads('simd', size(32, 64), 2)).toBe(2);
    expect(usefulThreads('simd', size(32, 64), 8)).toBe(4);
    expect(usefulThreads('simd', size(8, 256), 8)).toBe(1);
    expect(usefulThreads('tensorflow', size(32, 64), 8)).toBe(8);
  });
});
