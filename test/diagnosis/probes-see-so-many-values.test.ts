/**
 * A probe's staircase falls where labels need one value more, and nowhere else; it is the same for the same seed, and
 * judged on blocks that did not train it.
 */
import { describe, expect, test } from 'vitest';
import { allFolds, blockStandardError, splitForProbe } from '../../src/diagnosis/probing/held-out-blocks.ts';
import { probedData } from '../../src/diagnosis/probing/probed-data.ts';
import { probeStaircase } from '../../src/diagnosis/probing/staircase.ts';
import { Random } from '../../src/model/random.ts';
import { cutSample, digits } from './sequences.ts';

/** Uniform numbers; the label tells whether the one `lag` steps before is above 0.4. */
function echo(lag: number) {
  const random = Random.seeded(3, 'data');
  const x = Array.from({ length: 12_000 }, () => random.uniform());
  return cutSample(
    x,
    x.map((_, t) => Number((x[t - lag] ?? 0) > 0.4)),
    60,
    2,
  );
}

const at = (depth: number, staircase: ReturnType<typeof probeStaircase>) =>
  staircase.find((step) => step.depth === depth)!;

describe('the staircase of a probe', () => {
  const staircase = probeStaircase(probedData(echo(3)), { seed: 1 });

  test('stays at the entropy of the labels before the value that they need, and is near 0 from there on', () => {
    const labelEntropy = -0.4 * Math.log(0.4) - 0.6 * Math.log(0.6);
    for (const depth of [1, 2, 3]) expect(at(depth, staircase).nats).toBeCloseTo(labelEntropy, 1);
    for (const depth of [4, 6, 16]) expect(at(depth, staircase).nats).toBeLessThan(0.12);
    expect(at(3, staircase).bestAccuracy).toBeLessThan(0.65);
    expect(at(4, staircase).bestAccuracy).toBeGreaterThan(0.95);
    expect(at(3, staircase).standardError).toBeLessThan(0.03);
  });

  test('is the same for the same seed, and another for another', () => {
    expect(probeStaircase(probedData(echo(3)), { seed: 1 })).toEqual(staircase);
    expect(probeStaircase(probedData(echo(3)), { seed: 2 })).not.toEqual(staircase);
  });

  test('of labels that inputs tell nothing of is no lower than their entropy', () => {
    const sample = cutSample(digits(6000, 7, 1), digits(6000, 2, 2), 30, 2);
    for (const { nats } of probeStaircase(probedData(sample), { seed: 1 })) expect(nats).toBeGreaterThan(0.68);
  });
});

test('rows train a probe or judge it, and none does both', () => {
  const sample = cutSample(digits(4000, 2, 1), digits(4000, 2, 2), 20, 2);
  const { training, judged } = splitForProbe(sample, 1000);
  const rowsOf = (steps: Int32Array) => new Set(Array.from(steps, (step) => Math.floor(step / 20)));
  const parts = [rowsOf(training), ...judged.map(({ steps }) => rowsOf(steps))];
  expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(200);
  expect(new Set(parts.flatMap((rows) => [...rows])).size).toBe(200);
  expect(new Set(judged.flatMap(({ blocks }) => [...blocks])).size).toBe(20);
});

test('four folds hold out every row once', () => {
  const sample = cutSample(digits(4000, 2, 1), digits(4000, 2, 2), 20, 2);
  const folds = Array.from({ length: allFolds }, (_, fold) => splitForProbe(sample, 4000, fold));
  const judged = folds.flatMap(({ judged: parts }) => parts.flatMap(({ steps }) => [...steps]));
  expect(judged.sort((a, b) => a - b)).toEqual(Array.from({ length: 4000 }, (_, step) => step));
  for (const { training, judged: parts } of folds) {
    const trains = new Set(training);
    expect(parts.every(({ steps }) => steps.every((step) => !trains.has(step)))).toBe(true);
  }
});

test('the standard error of a mean is by blocks: values that hang together count once', () => {
  const values = Float64Array.of(1, 1, 3, 3, 5, 5);
  const blocks = Int32Array.of(0, 0, 1, 1, 2, 2);
  // The means of three blocks are 1, 3, 5: their deviation is 2, and the error of their mean 2/√3.
  expect(blockStandardError(values, blocks)).toBeCloseTo(2 / Math.sqrt(3), 12);
  expect(blockStandardError(values, new Int32Array(6))).toBeUndefined();
});
