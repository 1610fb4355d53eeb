/**
 * A probe's staircase falls where labels need one value more, and nowhere else; it is the same for the same seed, and
 * judged on blocks that did not train it.
 */
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { allFolds, blockStandardError, holdOut } from '../../src/diagnosis/probing/held-out-blocks.ts';
import { probePast } from '../../src/diagnosis/probing/past.ts';
import { patchedData, probedData } from '../../src/diagnosis/probing/probed-data.ts';
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
  const { folds, judged } = holdOut(sample, 1000, 1)!;
  const rowsOf = (steps: Iterable<number>) => new Set(Array.from(steps, (step) => Math.floor(step / 20)));
  const partOf = (part: number) => judged.steps.filter((_, j) => judged.parts[j] === part);
  const parts = [rowsOf(folds[0].training), rowsOf(partOf(0)), rowsOf(partOf(1))];
  expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(200);
  expect(new Set(parts.flatMap((rows) => [...rows])).size).toBe(200);
  expect(new Set(judged.blocks).size).toBe(20);
  const ones = folds[0].training.reduce((sum, step) => sum + sample.labels[step], 0);
  expect(judged.frequencies[1]).toBeCloseTo((ones + 0.5) / (folds[0].training.length + 1), 6);
});

test('four folds hold out every row once', () => {
  const sample = cutSample(digits(4000, 2, 1), digits(4000, 2, 2), 20, 2);
  const { folds, judged } = holdOut(sample, 4000, allFolds)!;
  expect([...judged.steps].sort((a, b) => a - b)).toEqual(Array.from({ length: 4000 }, (_, step) => step));
  expect(folds.flatMap((fold) => [...fold.judged])).toEqual([...judged.steps]);
  for (const { training, judged: steps } of folds) {
    const trains = new Set(training);
    expect(steps.every((step) => !trains.has(step))).toBe(true);
  }
});

test('a part without a label can judge nothing', () => {
  const sample = cutSample(digits(60, 2, 1), digits(60, 2, 2), 20, 2);
  expect(holdOut({ ...sample, mask: sample.mask.map((_, step) => Number(step < 5)) }, 1000, 1)).toBeUndefined();
});

test('a step of patches holds the values up to it, and none from before its row', () => {
  const sample = cutSample([1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 1, 0, 0, 0, 1], 4, 2);
  const data = {
    ...probedData(sample),
    write: (step: number, into: Float32Array, at: number) => into.set([step + 1], at),
  };
  const seen = (step: number) => {
    const into = new Float32Array(4).fill(9);
    patchedData({ ...data, features: 1 }, 4).write(step, into, 0);
    return [...into];
  };
  expect(seen(3)).toEqual([4, 3, 2, 1]);
  expect(seen(5)).toEqual([6, 5, 0, 0]);
});

/** Rows of 40 small numbers with one that stands out `lag` steps before the end, and one label there: whether it is positive. */
function echoAtEnd(lag: number) {
  const random = Random.seeded(5, 'data');
  const marks = Array.from({ length: 400 }, () => random.integer(2));
  const x = marks.flatMap((mark) =>
    Array.from({ length: 40 }, (_, t) => (t === 39 - lag ? 2 * mark - 1 : 0.2 * random.uniform())),
  );
  const y = marks.flatMap((mark) => Array.from({ length: 40 }, (_, t) => (t === 39 ? mark : -1)));
  return cutSample(x, y, 40, 2);
}

describe('of sequences with one label each, probes of their own for few and for many values', () => {
  test.each([2, 10, 27])('see the value %i steps back where they see so many, and not before', (lag) => {
    const { staircase } = probePast(echoAtEnd(lag), Math.log(2))!.known;
    for (const { depth, nats } of staircase) {
      if (depth <= lag) expect(nats, `depth ${depth}`).toBeGreaterThan(Math.log(2) - 0.03);
    }
    expect(staircase.at(-1)!.nats).toBeLessThan(0.1);
    expect(staircase.map(({ depth }) => depth)).toEqual([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40]);
  });
});

describe.each([7, 20, 30, 60, 100])('of sequences of %i steps', (length) => {
  const count = 20;
  const x = Array.from({ length: count * length }, (_, i) => Math.sin(i * i));
  const labelled = {
    'each step': x.map((value) => Number(value > 0)),
    'the last': x.map((value, i) => (i % length === length - 1 ? Number(value > 0) : -1)),
  };

  test.each(Object.entries(labelled))('with a label at %s, none of more values than these', (_, y) => {
    const sample = cutSample(x, y, length, 2);
    expect(probePast(sample, Number.POSITIVE_INFINITY)!.known.staircase.at(-1)!.depth).toBe(length);
    const { entropies, depthExamined } = examine(sample);
    expect(Math.max(depthExamined, ...entropies.map(({ depth }) => depth))).toBeLessThanOrEqual(length);
  });
});

test('the standard error of a mean is by blocks: values that hang together count once', () => {
  const values = Float64Array.of(1, 1, 3, 3, 5, 5);
  const blocks = Int32Array.of(0, 0, 1, 1, 2, 2);
  // The means of three blocks are 1, 3, 5: their deviation is 2, and the error of their mean 2/√3.
  expect(blockStandardError(values, blocks)).toBeCloseTo(2 / Math.sqrt(3), 12);
  expect(blockStandardError(values, new Int32Array(6))).toBeUndefined();
});
