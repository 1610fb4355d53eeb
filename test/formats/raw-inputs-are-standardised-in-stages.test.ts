/** The stages that standardise raw numbers in float32 lose no digits that matter, whatever the mean and the scale. */
import { expect, test } from 'vitest';
import { standardizingStages } from '../../src/formats/graph-inputs.ts';
import { Random } from '../../src/model/random.ts';

const { fround } = Math;

test.each([
  [0, 1],
  [10_000.123456, 1e-2],
  [-3e7, 5],
  [1e-20, 1e-21],
  [0, 1e-30],
  [1e25, 1e24],
  [0, -2.5],
])('mean %d, scale %d', (mean, scale) => {
  const stages = standardizingStages({ kind: 'numbers', mean: [mean], scale: [scale], missing: null });
  for (const stage of stages) {
    // What Keras divides by is the root of a float32, and at least 10^-7.
    expect(Math.abs(stage.scale[0])).toBeGreaterThan(1e-7);
    expect(fround(stage.scale[0] ** 2)).toBeLessThan(3e38);
  }
  const random = Random.seeded(1, 'data');
  for (let n = 0; n < 100; n++) {
    const value = fround(mean + scale * (6 * random.uniform() - 3));
    const staged = stages.reduce(
      (x, stage) => fround(fround(x - fround(stage.mean[0])) / fround(stage.scale[0])),
      value,
    );
    expect(Math.abs(staged - (value - mean) / scale)).toBeLessThan(1e-5);
  }
});
