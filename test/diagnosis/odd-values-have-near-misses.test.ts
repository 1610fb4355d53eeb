/**
 * Findings about single values and about sequences as a whole: each has data that trigger it, and data that are almost
 * the same and do not.
 */
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { isForecast } from '../../src/diagnosis/doctor/future/forecast.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { codes, cutSample, digits, findingOf } from './sequences.ts';

/** A smooth series around 0, with steps of up to 0.5. */
function smooth(count: number, seed: number): number[] {
  const random = Random.seeded(seed, 'data');
  let value = 0;
  return Array.from({ length: count }, () => {
    value = 0.9 * value + random.uniform() - 0.5;
    return value;
  });
}

/** A smooth series whose label is the sign of the mean of the last three values, beside another feature. */
function beside(feature: (t: number, label: number) => number, count = 2000): Sample {
  const x = smooth(count, 1);
  const y = x.map((value, t) => Number(value + (x[t - 1] ?? 0) + (x[t - 2] ?? 0) > 0));
  return cutSample(
    x.map((value, t) => [value, feature(t, y[t])]),
    y,
    50,
    2,
  );
}

const noise = smooth(2000, 2);

describe('label-among-inputs', () => {
  test('a feature that is the label in other numbers; nearly, with one step of fifty; and one that differs in one of ten', () => {
    expect(
      findingOf(
        beside((_, label) => 3 - 2 * label),
        'label-among-inputs',
      )?.evidence,
    ).toMatchObject({ feature: 1 });
    const nearly = findingOf(
      beside((t, label) => (t % 50 === 7 ? label : 1 - label)),
      'label-among-inputs',
    );
    expect(nearly?.evidence).toMatchObject({ feature: 1, agreement: 0.98 });
    expect(nearly?.message).toContain('nearly gives the label away: it has one value for each class in 98 %');
    expect(codes(beside((t, label) => (t % 10 === 7 ? label : 1 - label)))).toEqual([]);
  });

  test('the label with a little noise; and numbers that the label is a threshold of', () => {
    const random = Random.seeded(5, 'data');
    const uniform = noise.map(() => random.uniform());
    const normal = uniform.map((u) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * random.uniform()));
    const finding = findingOf(
      beside((t, label) => label + 0.1 * normal[t]),
      'label-among-inputs',
    );
    expect(finding?.message).toMatch(/the classes explain 9\d % of its variance/);
    expect(codes(beside((t, label) => label + 0.2 * normal[t]))).toEqual([]);
    const ofThreshold = (feature: number[]) =>
      cutSample(
        feature.map((value, t) => [value, noise[t]]),
        feature.map((value) => Number(value > 0.3)),
        50,
        2,
      );
    for (const feature of [uniform, normal]) expect(codes(ofThreshold(feature))).toEqual([]);
  });

  test('of a handful of labels, any feature may have one value for each class by chance; of some dozens it does not', () => {
    const alternating = (count: number) => cutSample(digits(count, 5, 9), digits(count, 5, 9), count, 5);
    for (const count of [2, 5]) expect(codes(alternating(count))).not.toContain('label-among-inputs');
    expect(codes(alternating(40))).toContain('label-among-inputs');
  });

  test('of one feature: the shift was forgotten; and the next value, which is not forgotten', () => {
    const x = digits(4000, 4, 3).map((digit, t, all) => (t % 3 === 0 ? digit : (all[t - 1] + 1) % 4));
    expect(findingOf(cutSample(x, x, 40, 4), 'label-among-inputs')?.message).toContain('next one');
    const next = x.map((_, t) => (t % 40 === 39 ? -1 : x[t + 1]));
    expect(codes(cutSample(x, next, 40, 4))).toEqual([]);
  });
});

describe('sentinel-value and outlier', () => {
  test('-999 in one step of fifty', () => {
    const finding = findingOf(
      beside((t) => (t % 50 === 3 ? -999 : noise[t])),
      'sentinel-value',
    );
    expect(finding?.evidence).toMatchObject({ feature: 1, value: -999, share: 0.02 });
  });

  test('a single value far from all others', () => {
    expect(
      findingOf(
        beside((t) => (t === 700 ? 1e6 : noise[t])),
        'outlying-value',
      )?.evidence,
    ).toMatchObject({ value: 1e6 });
  });

  test('near miss: rain, mostly 0 and seldom much; and a mark on few steps', () => {
    const random = Random.seeded(4, 'data');
    const rain = noise.map(() => (random.uniform() < 0.8 ? 0 : -10 * Math.log(1 - random.uniform())));
    expect(codes(beside((t) => rain[t]))).toEqual([]);
    expect(codes(beside((t) => Number(t % 50 === 3)))).toEqual([]);
  });
});

describe('feature-counts-time', () => {
  test('the number of the step in the file, and in its sequence', () => {
    expect(codes(beside((t) => t))).toEqual(['feature-counts-time']);
    expect(codes(beside((t) => 0.1 * (t % 50)))).toEqual(['feature-counts-time']);
  });

  test('near miss: the hour of the day', () => {
    expect(codes(beside((t) => t % 24))).toEqual([]);
  });
});

test('mostly-missing-feature: seven tenths of its values, and not four', () => {
  const sample = beside((t) => noise[t]);
  expect(codes({ ...sample, missing: [0, 0.7] })).toEqual(['mostly-missing-feature']);
  expect(codes({ ...sample, missing: [0, 0.4] })).toEqual([]);
});

describe('features-hold-time', () => {
  /** 200 sequences of `rows` steps with 60 features. */
  function wide(rows: number, value: (r: number, step: number, i: number) => number): Sample {
    const x = Array.from({ length: 200 * rows }, (_, t) =>
      Array.from({ length: 60 }, (_, i) => value(Math.floor(t / rows), t % rows, i)),
    );
    return cutSample(
      x,
      x.map((_, t) => (t % rows === rows - 1 ? Math.floor(t / rows) % 2 : -1)),
      rows,
      2,
    );
  }
  const series = smooth(200 * 3 * 60, 5);
  const at = (r: number, channel: number, t: number) => series[(3 * r + channel) * 60 + t];

  test('three channels of 60 values each', () => {
    expect(findingOf(wide(3, at), 'features-hold-time')?.evidence).toMatchObject({ features: 60, rowLength: 3 });
  });

  test('three channels of noisy series, each about a mean of its own; and 60 features each about its own', () => {
    const random = Random.seeded(6, 'data');
    const noisy = series.map((value) => value + 0.8 * (random.uniform() - 0.5));
    const value = (r: number, channel: number, t: number) => noisy[(3 * r + channel) * 60 + t];
    expect(codes(wide(3, (r, channel, t) => value(r, channel, t) + channel))).toContain('features-hold-time');
    expect(codes(wide(3, (r, step, i) => value(r, step, i) + (i % 7)))).not.toContain('features-hold-time');
  });

  test('near miss: spectra, where both neighbouring bands and neighbouring steps are alike', () => {
    expect(codes(wide(3, (r, step, i) => at(r, 0, i) + 0.1 * at(r, step, 59 - i)))).not.toContain('features-hold-time');
  });
});

describe('labels-alike', () => {
  const x = digits(4000, 2, 31);
  const sample = cutSample(x, x, 20, 2);
  const named = (...classNames: (string | number)[]) => findingOf({ ...sample, classNames }, 'labels-alike');

  test.each([
    ['Walk', 'walk'],
    ['walk', ' walk '],
    ['Äpfel', 'ÄPFEL'],
  ])('%j and %j are two classes by case or white space alone', (...names) => {
    const ones = x.filter((label) => label === 1).length;
    expect(named(...names)).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining(
        `Labels ${JSON.stringify(names[0])} and ${JSON.stringify(names[1])} differ only`,
      ),
      evidence: { classes: [0, 1], labels: names, counts: [x.length - ones, ones] },
    });
  });

  test.each([
    ['walk', 'walks'],
    ['left turn', 'leftturn'],
    ['a', 'A'],
    [1, '1'],
    [0, 1],
  ])('near miss: %j and %j', (...names) => {
    expect(named(...names)).toBeUndefined();
  });
});

describe('overlapping-sequences', () => {
  const x = smooth(3000, 6);
  const windows = (length: number, stride: number) => {
    const from = Array.from({ length: Math.floor((3000 - length) / stride) }, (_, k) => k * stride);
    const steps = from.flatMap((first) => x.slice(first, first + length));
    return cutSample(
      steps,
      steps.map((value) => Number(value > 0.1)),
      length,
      2,
    );
  };

  test('windows at a stride of a tenth of their length, with and without a split', () => {
    const sample = windows(50, 5);
    expect(codes(sample)).toContain('overlapping-sequences');
    const ofRow = Uint8Array.from({ length: sample.starts.length - 1 }, (_, r) => Number(r % 7 === 3));
    const finding = findingOf({ ...sample, splits: { names: ['train', 'test'], ofRow } }, 'overlapping-sequences');
    expect(finding?.evidence).toMatchObject({ acrossSplits: true });
  });

  test('near miss: windows end to end; and the splits lie apart', () => {
    expect(codes(windows(50, 50))).toEqual([]);
    const sample = windows(50, 5);
    const ofRow = Uint8Array.from({ length: sample.starts.length - 1 }, (_, r, rows = sample.starts.length) =>
      Number(r > 0.8 * rows),
    );
    expect(codes({ ...sample, splits: { names: ['train', 'test'], ofRow } })).not.toContain('overlapping-sequences');
  });
});

test('rows-too-short: sequences are cut into pieces shorter than their labels need; and into longer ones', () => {
  const x = digits(20_000, 2, 7);
  const y = x.map((value, t) => (t % 50 < 6 ? -1 : value ^ x[t - 6]));
  const sample = cutSample(x, y, 50, 2);
  const patch = [{ op: 'replace', path: '/data/sequenceLength', value: 50 }];
  expect(findingOf({ ...sample, sequenceLength: 5 }, 'rows-too-short')).toMatchObject({
    evidence: { order: 6 },
    patch,
  });
  expect(codes({ ...sample, sequenceLength: 20 })).toEqual([]);
});

describe('label-depends-on-future and forecasts', () => {
  const random = Random.seeded(11, 'data');
  const noise = Array.from({ length: 9000 }, () => random.uniform());
  const later = (x: number[], label: (t: number) => number) =>
    cutSample(
      x,
      x.map((_, t) => (t % 60 >= 55 ? -1 : label(t))),
      60,
      2,
    );

  test('a threshold of a later value, or the sign of a change, is a forecast', () => {
    const x = smooth(9000, 8);
    for (const label of [(t: number) => Number(x[t + 1] > 0.2), (t: number) => Number(x[t + 3] > x[t])]) {
      expect(codes(later(x, label))).toEqual([]);
      expect(isForecast(later(x, label))).toBe(true);
    }
    expect(examine(later(x, (t) => Number(x[t + 1] > 0.2))).findings).toEqual([]);
  });

  test('so is the next of many symbols', () => {
    const symbols = digits(9000, 90, 12);
    const next = { ...later(symbols, (t) => symbols[t + 1]), classes: 90, inputKind: 'symbols' as const };
    expect(isForecast(next)).toBe(true);
  });

  test('what two later values tell together is not', () => {
    const sample = later(noise, (t) => Number(noise[t + 1] + noise[t + 2] > 1));
    expect(isForecast(sample)).toBe(false);
    expect(codes(sample)).toEqual(['label-depends-on-future']);
  });

  test('further ahead than contexts of all values reach, some neighbours show it', () => {
    const sample = later(noise, (t) => Number(noise[t + 4] + noise[t + 5] > 1));
    const finding = findingOf(sample, 'label-depends-on-future');
    expect(finding?.evidence).toMatchObject({ stepsAhead: 5, shift: 5 });
  });

  test('of more values than are counted together, a probe shows how far ahead', () => {
    const ahead = [4, 5, 6, 7, 8];
    const sample = later(noise, (t) => Number(ahead.reduce((sum, steps) => sum + noise[t + steps] - 0.5, 0) > 0));
    expect(findingOf(sample, 'label-depends-on-future')?.evidence).not.toHaveProperty('shift');
    const { findings } = examine(sample);
    expect(findings).toMatchObject([{ code: 'label-depends-on-future', evidence: { stepsAhead: 8, shift: 8 } }]);
  });
});
