/**
 * Replacements drawn from real data, handwritten digits of eight features a step: over many seeds their mean is that of
 * all, and its standard error says how far off it is.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { jensenShannon } from '../../src/diagnosis/counting/entropy.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { stackOf } from '../../src/model/description.ts';
import { countOf, meanMove, replacementsFrom } from '../../src/serving/explain/replacements.ts';
import { weightsOf } from '../support/checkpoints.ts';

const I = 8;
const C = 10;
const model = stackOf({ features: I, classes: C, units: [6] });
const file = path.join(import.meta.dirname, '../fixtures/handwritten-digits/digits.ndjson');
const digits: number[][][] = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line).x);
/** All rows of all digits. */
const pool = Float32Array.from(digits.flat(2), (ink) => ink / 8);
const seeds = Array.from({ length: 300 }, (_, seed) => seed);

/** What each of some values in the place of a digit's row moves at its last. @param values [n,I] */
function movedBy(values: Float32Array, digit: number, row: number): number[] {
  const predictor = simdEngine.createPredictor(model, weightsOf(model, 3));
  const inputs = Float32Array.from(digits[digit].flat(), (ink) => ink / 8);
  const steps = inputs.length / I;
  const last = (steps - 1) * C;
  const before = predictor.predict(inputs, steps).slice();
  return Array.from({ length: values.length / I }, (_, n) => {
    const changed = inputs.slice();
    changed.set(values.subarray(n * I, (n + 1) * I), row * I);
    return jensenShannon(before, predictor.predict(changed, steps), C, last, last);
  });
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const spread = (numbers: readonly number[]) =>
  Math.sqrt(numbers.reduce((sum, one) => sum + (one - mean(numbers)) ** 2, 0) / (numbers.length - 1));
const rows = [
  { digit: 0, row: 7 },
  { digit: 3, row: 6 },
  { digit: 9, row: 3 },
];

describe.each([20, 200, 1500])('%i of 1,920 rows', (most) => {
  test.each(rows)('in the place of row $row of digit $digit', ({ digit, row }) => {
    const ofAll = movedBy(pool, digit, row);
    const exact = mean(ofAll);
    const moves = new Map(ofAll.map((move, n) => [pool.subarray(n * I, (n + 1) * I).join(), move]));
    const means = seeds.map((seed) => {
      const replacements = replacementsFrom(pool, I, most, seed);
      const values = replacements.counts.map((_, n) => replacements.values.subarray(n * I, (n + 1) * I).join());
      const { nats, standardError } = meanMove(
        replacements,
        values.map((value) => moves.get(value)!),
      );
      return { nats, standardError: standardError! };
    });
    const all = means.map(({ nats }) => nats);
    // Without bias: within what so many seeds leave open.
    expect(Math.abs(mean(all) - exact)).toBeLessThan((3 * spread(all)) / Math.sqrt(seeds.length));
    const stated = Math.sqrt(mean(means.map(({ standardError }) => standardError ** 2)));
    expect(spread(all) / stated).toBeGreaterThan(0.9);
    expect(spread(all) / stated).toBeLessThan(1.1);
    // Of a normal error 95 of 100 are within two standard errors, of one that 20 values tell a few less.
    const near = means.filter(({ nats, standardError }) => Math.abs(nats - exact) <= 2 * standardError);
    expect(near.length / seeds.length).toBeGreaterThan(most === 20 ? 0.9 : 0.93);
    expect(near.length / seeds.length).toBeLessThan(0.98);
  });
});

test('as many are drawn as are asked for, equal ones among them; all values where there are no more different ones', () => {
  const different = new Set(digits.flat().map((row) => row.join())).size;
  for (const seed of seeds.slice(0, 20)) {
    const drawn = replacementsFrom(pool, I, different - 1, seed);
    expect(drawn.isExhaustive).toBe(false);
    expect(countOf(drawn)).toBe(different - 1);
    expect(drawn.counts.length).toBeLessThan(different - 1);
  }
  const all = replacementsFrom(pool, I, different, 1);
  expect(all.isExhaustive).toBe(true);
  expect(countOf(all)).toBe(different);
  const { nats, standardError } = meanMove(all, movedBy(all.values, 3, 6));
  expect(nats).toBeCloseTo(mean(movedBy(pool, 3, 6)), 12);
  expect(standardError).toBe(0);
});
