/**
 * How the engines' tests compare vectors, and how close is close enough.
 */
import { expect } from 'vitest';

type Vector = Float32Array | Float64Array;

export interface Tolerance {
  /** Of the difference's Euclidean norm to the expected vector's. */
  norm: number;
  /**
   * Of each element's difference to its own size plus the root mean square of all: an element that is tiny among its
   * like is not held to its own digits.
   */
  element: number;
}

/**
 * float32 carries 6e-8 of relative error per operation. A gradient sums some thousand products of factors with such
 * errors, of random sign, along a recursion of up to 64 steps and 4 layers: about 1e-6 of its norm. Ten times that
 * leaves room for an engine's own exp and tanh (1e-6) and for other orders of summation, and is far from what any wrong
 * term would make.
 */
export const float32Gradient: Tolerance = { norm: 1e-5, element: 1e-3 };

export function norm(values: Vector): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

export function expectClose(actual: Vector, expected: Vector, tolerance: Tolerance, floor = 0): void {
  expect(actual.length).toBe(expected.length);
  const scale = norm(expected) + floor;
  const rms = scale / Math.sqrt(expected.length);
  const difference = Float64Array.from(expected, (value, i) => Math.abs(actual[i] - value));
  expect(norm(difference), `norm of the difference, with ${scale} expected`).toBeLessThanOrEqual(
    tolerance.norm * scale,
  );
  const worst = difference.reduce((best, value, i) => Math.max(best, value / (Math.abs(expected[i]) + rms || 1)), 0);
  expect(worst, 'worst element').toBeLessThanOrEqual(tolerance.element);
}

/** Equal to the bit; unlike toEqual on large arrays, a failure prints one line. */
export function expectSameBits(actual: Vector, expected: Vector, what: string): void {
  const same = Buffer.from(actual.buffer, actual.byteOffset, actual.byteLength).equals(
    Buffer.from(expected.buffer, expected.byteOffset, expected.byteLength),
  );
  expect(same, `${what}: the same bits`).toBe(true);
}
