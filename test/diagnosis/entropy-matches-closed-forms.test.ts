/** Entropies and divergences against what is known without counting, and against sums made by hand. */
import { describe, expect, test } from 'vitest';
import { conditionalEntropy, entropy, jensenShannon } from '../../src/diagnosis/counting/entropy.ts';
import { Random } from '../../src/model/random.ts';

const ln = Math.log;

describe('entropy', () => {
  test('of a uniform distribution is the logarithm of its size', () => {
    for (const size of [1, 2, 5, 64]) expect(entropy(Array(size).fill(1 / size))).toBeCloseTo(ln(size), 12);
  });

  test('counts impossible outcomes as nothing', () => {
    expect(entropy([0.5, 0, 0.5])).toBeCloseTo(ln(2), 12);
  });
});

describe('conditional entropy', () => {
  test('is zero where contexts determine labels, however few steps there are', () => {
    expect(conditionalEntropy([1, 3, 2], [1, 3, 2], 6, 3)).toBe(0);
  });

  test("is the plug-in value and Miller's correction, by hand", () => {
    // Context a: labels 3 and 1; context b: labels 2 and 2.
    const plugIn = (4 / 8) * entropy([0.75, 0.25]) + (4 / 8) * ln(2);
    expect(conditionalEntropy([4, 4], [3, 1, 2, 2], 8, 4)).toBeCloseTo(plugIn + 2 / 16, 12);
  });

  test('is never corrected beyond the logarithm of the classes', () => {
    expect(conditionalEntropy([5], [1, 1, 1, 1, 1], 5, 5)).toBe(ln(5));
    expect(conditionalEntropy([4], [2, 2], 4, 2)).toBe(ln(2));
  });

  test('has lost most of the bias of the plug-in value', () => {
    // 16 equally likely labels in each of 4 contexts, 256 steps: the plug-in value is short by 60/512 = 0.117.
    const random = Random.seeded(1, 'data');
    const trials = 400;
    let corrected = 0;
    let plugIn = 0;
    for (let trial = 0; trial < trials; trial++) {
      const counts = Array.from({ length: 4 }, () => new Int32Array(16));
      for (let n = 0; n < 256; n++) counts[n % 4][random.integer(16)]++;
      const pairs = counts.flatMap((of) => [...of].filter(Boolean));
      corrected += conditionalEntropy([64, 64, 64, 64], pairs, 256, 32) / trials;
      plugIn += counts.reduce((sum, of) => sum + entropy([...of].map((n) => n / 64)) / 4, 0) / trials;
    }
    expect(ln(16) - plugIn).toBeGreaterThan(0.1);
    expect(Math.abs(ln(16) - corrected)).toBeLessThan(0.02);
  });
});

describe('Jensen–Shannon divergence', () => {
  test('is 0 between equals and ln 2 between distributions that share nothing', () => {
    const p = Float32Array.of(0.25, 0.75, 0, 0);
    expect(jensenShannon(p, p, 4)).toBe(0);
    expect(jensenShannon(Float32Array.of(1, 0), Float32Array.of(0, 1), 2)).toBeCloseTo(ln(2), 7);
  });

  test('is H(middle) less the mean entropy', () => {
    const p = [0.5, 0.25, 0.25];
    const q = [0.125, 0.125, 0.75];
    const middle = p.map((value, c) => (value + q[c]) / 2);
    const expected = entropy(middle) - (entropy(p) + entropy(q)) / 2;
    expect(jensenShannon(Float32Array.from(p), Float32Array.from(q), 3)).toBeCloseTo(expected, 12);
    const both = Float32Array.from([...p, ...q]);
    expect(jensenShannon(both, both, 3, 0, 3)).toBeCloseTo(expected, 12);
  });
});
