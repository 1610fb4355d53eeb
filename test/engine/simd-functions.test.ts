/** exp, tanh, σ and ln of the engine simd: as accurate as docs/engine-simd.md says, and honest about what is not a number. */
import { describe, expect, it } from 'vitest';
import { addressOf, instantiate, type SimdExports } from '../../src/engine/simd/module.ts';

const count = 80_000;

describe('exp', () => {
  it('has a relative error below 3e-7', () => {
    const inputs = spread(-87, 88);
    const worst = worstError(inputs, apply('exponential', inputs), Math.exp, relative);
    expect(worst).toBeLessThan(3e-7);
  });

  it('stays finite and positive beyond the range of float32', () => {
    const outputs = apply('exponential', [-1e30, -1e4, 1e4, Number.POSITIVE_INFINITY]);
    expect(outputs.every((value) => value > 0 && Number.isFinite(value))).toBe(true);
  });
});

describe('tanh', () => {
  it('has a relative error below 4e-7, near zero too', () => {
    for (const bound of [12, 1e-2, 1e-20]) {
      const inputs = spread(-bound, bound);
      expect(worstError(inputs, apply('squash', inputs), Math.tanh, relative)).toBeLessThan(4e-7);
    }
  });

  it('is exactly one where it saturates, so that no gradient is left', () => {
    const outputs = apply('squash', [9, 20, 1e30, Number.POSITIVE_INFINITY, -9, -20, -1e30, Number.NEGATIVE_INFINITY]);
    expect([...outputs.subarray(0, 8)]).toEqual([1, 1, 1, 1, -1, -1, -1, -1]);
  });
});

describe('ln', () => {
  it('has an error below 2e-7 of its value or of 1', () => {
    const inputs = [...spread(1, 3), ...spread(1, 1025)];
    const error = (actual: number, expected: number) => Math.abs(actual - expected) / Math.max(1, expected);
    expect(worstError(inputs, apply('logarithms', inputs), Math.log, error)).toBeLessThan(2e-7);
  });

  it('makes no number of infinity', () => {
    expect(apply('logarithms', [Number.POSITIVE_INFINITY])[0]).toBeNaN();
  });
});

describe.each(['exponential', 'squash', 'logarithms'] as const)('%s', (name) => {
  it('keeps what is not a number', () => {
    const outputs = apply(name, [Number.NaN, 1, 1, 1, 1, Number.NaN, 1, 1]);
    expect([...outputs.subarray(0, 8)].map(Number.isNaN)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
  });
});

/** One of the functions of an instance, over as many vectors as it takes. */
function apply(name: 'exponential' | 'squash' | 'logarithms', inputs: ArrayLike<number>): Float32Array {
  const instance: SimdExports = instantiate();
  const pairs = Math.ceil(inputs.length / 8);
  // Big enough for the largest run here; the parameters are no more than a place to work in.
  instance.addLayer(0, 1, 1);
  instance.planPredictor(2, count * 4, 1);
  const address = addressOf(instance.sequence);
  const values = new Float32Array(instance.memory.buffer, address, pairs * 8).fill(1);
  values.set(inputs);
  if (name === 'squash') instance.squash(addressOf(instance.tanhTable), address, address, 1, pairs, 0);
  else instance[name](address, pairs * 2);
  return values;
}

/** Evenly spaced float32 numbers. */
function spread(from: number, to: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(from + ((to - from) * i) / (count - 1)));
}

function worstError(
  inputs: readonly number[],
  outputs: Float32Array,
  exact: (x: number) => number,
  error: (actual: number, expected: number) => number,
): number {
  return inputs.reduce((worst, x, i) => Math.max(worst, error(outputs[i], exact(x))), 0);
}

function relative(actual: number, expected: number): number {
  return actual === expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);
}
