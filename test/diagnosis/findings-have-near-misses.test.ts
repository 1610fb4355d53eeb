/**
 * Every finding has data that trigger it, and data that are almost the same and do not.
 */
import { describe, expect, test } from 'vitest';
import { generate } from '../../bench/doctor-data/generated.ts';
import { innocent } from '../../bench/doctor-data/innocent.ts';
import type { Recipe } from '../../bench/doctor-data/recipe.ts';
import { labelFindings } from '../../src/diagnosis/doctor/sheet/sheet-findings.ts';
import { type Sample, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { codes, cut, cutSample, digits, findingOf, sequence } from './sequences.ts';

const plain: Recipe = {
  rule: 'digits',
  base: 2,
  order: 1,
  noise: 0,
  layout: 'right',
  inputs: 'numbers',
  steps: 10_000,
  rowLength: 50,
  seed: 11,
};

/** A long stream, each label the sum of the present value and the one `lag` steps before, weighted. */
function stream(steps: number, lag: number) {
  const x = digits(steps, 2, 17);
  return { x, y: x.map((value, t) => value + 2 * (x[t - lag] ?? 0)) };
}

describe('axes-swapped', () => {
  test.each(['transposed', 'reshaped'] as const)('%s data: found, with the order and what to do', (layout) => {
    const finding = findingOf(generate({ ...plain, order: 2, layout }), 'axes-swapped');
    expect(finding).toMatchObject({ severity: 'error', evidence: { order: 2, remedy: 'transpose-upload' } });
    expect(finding?.patch).toBeUndefined();
  });

  test('parity has no hint in the present value, and is found as well', () => {
    expect(codes(generate({ ...plain, rule: 'parity', order: 2, layout: 'transposed' }))).toEqual(['axes-swapped']);
  });

  test('near miss: labels that need no past have no wrong axis', () => {
    expect(codes(generate({ ...plain, order: 0, noise: 0.1, layout: 'transposed' }))).toEqual([]);
  });

  test('near miss: neighbours in the file are alike, because it is sorted', () => {
    expect(codes(innocent('sorted by class', { steps: 10_000, rowLength: 40, seed: 1 }).sample)).toEqual([]);
  });
});

describe('axes that are right although rows are alike', () => {
  test('labels that depend on the row beside and on the past', () => {
    const rows = cut(digits(10_000, 2, 21), 50);
    const y = rows.map((row, r) => row.map((v, t) => v + 2 * (row[t - 1] ?? 0) + 4 * (rows[r - 1]?.[t] ?? 0)));
    expect(codes(cutSample(rows.flat(), y.flat(), 50, 8))).not.toContain('axes-swapped');
  });

  /** Short rows of one class each; inputs show it with some errors, and a bit that every label repeats. */
  function classedRows(classOf: (row: number) => number, right: number, bits: boolean): Sample {
    const random = Random.seeded(5, 'data');
    const steps = Array.from({ length: 40_000 }, (_, t) => {
      const label = classOf(Math.floor(t / 8));
      const bit = bits ? random.integer(2) : 0;
      return { x: 2 * (random.uniform() < right ? label : 1 - label) + bit, y: 2 * label + bit };
    });
    const [x, y] = [steps.map((step) => step.x), steps.map((step) => step.y)];
    return cutSample(x, y, 8, 4);
  }

  test('rows sorted by class: the row before tells the class, and so does any other near it', () => {
    for (const right of [0.8, 0.9]) {
      expect(codes(classedRows((row) => Math.floor(row / 25) % 2, right, true))).toEqual([]);
    }
  });

  test('one label throughout each row, known the better the more of the row was seen', () => {
    const classes = digits(5000, 2, 9);
    expect(codes(classedRows((row) => classes[row], 0.95, false))).toEqual([]);
  });
});

describe('label-outside-row', () => {
  test('a stream cut into rows: the row before explains the first labels', () => {
    const { x, y } = stream(10_000, 1);
    const finding = findingOf(cutSample(x, y, 20, 4), 'label-outside-row');
    expect(finding?.evidence).toMatchObject({ labelsPerRow: 1, foundInRowBefore: true });
    expect(finding?.evidence.floor).toBeCloseTo(Math.log(2) / 20, 3);
  });

  test('an echo from three steps before, past two values that tell nothing', () => {
    const x = digits(20_000, 4, 4);
    const finding = findingOf(
      cutSample(
        x,
        x.map((_, t) => x[t - 3] ?? 0),
        20,
        4,
      ),
      'label-outside-row',
    );
    expect(finding?.evidence).toMatchObject({ labelsPerRow: 3, foundInRowBefore: true });
    expect(finding?.evidence.floor).toBeCloseTo((3 * Math.log(4)) / 20, 2);
  });

  test('the same rows shuffled: what is missing lies nowhere, but it is missing', () => {
    const { x, y } = stream(10_000, 1);
    const sample = shuffledRows(cut(x, 20), cut(y, 20));
    expect(findingOf(sample, 'label-outside-row')?.evidence).toMatchObject({ foundInRowBefore: false });
  });

  test('near miss: these labels are masked', () => {
    const { x, y } = stream(10_000, 1);
    expect(
      codes(
        cutSample(
          x,
          y.map((label, t) => (t % 20 === 0 ? -1 : label)),
          20,
          4,
        ),
      ),
    ).toEqual([]);
  });

  test('near miss: what comes before a row counts as 0', () => {
    const { x } = stream(10_000, 1);
    const y = x.map((value, t) => value + (t % 20 === 0 ? 0 : 2 * x[t - 1]));
    expect(codes(cutSample(x, y, 20, 4))).toEqual([]);
  });
});

function shuffledRows(xs: number[][], ys: number[][]): Sample {
  const random = Random.seeded(2, 'data');
  const rows = xs.map((x, r) => ({ x, y: ys[r], key: random.uniform() })).sort((a, b) => a.key - b.key);
  return sampleOfSequences(
    rows.map(({ x, y }) => sequence(x, y)),
    { features: 1, classes: 4 },
  );
}

describe('label-depends-on-future', () => {
  test('labels that need the next value', () => {
    const x = digits(10_000, 2, 3);
    const y = x.map((value, t) => (t % 50 === 49 ? -1 : value + 2 * x[t + 1]));
    const finding = findingOf(cutSample(x, y, 50, 4), 'label-depends-on-future');
    expect(finding?.evidence).toMatchObject({ stepsAhead: 1 });
    expect(finding?.evidence.natsWithPast).toBeCloseTo(Math.log(2), 2);
    expect(finding?.evidence.natsWithFuture).toBeCloseTo(0, 2);
  });

  test('parity of the present and two values ahead', () => {
    const x = digits(10_000, 2, 3);
    const y = x.map((value, t) => (t % 50 >= 48 ? -1 : value ^ x[t + 1] ^ x[t + 2]));
    expect(findingOf(cutSample(x, y, 50, 2), 'label-depends-on-future')?.evidence.stepsAhead).toBe(2);
  });

  test('near miss: the next symbol, of a chain whose past tells something about it', () => {
    expect(codes(innocent('next symbol of a Markov chain', { steps: 10_000, rowLength: 40, seed: 1 }).sample)).toEqual(
      [],
    );
  });

  test('near miss: a hidden state that shows before a step as much as after it', () => {
    expect(codes(innocent('hidden state', { steps: 20_000, rowLength: 40, seed: 1 }).sample)).toEqual([]);
  });

  test('near miss: a smooth series, whose next value tells what a bin hides', () => {
    for (const steps of [10_000, 100_000])
      expect(codes(innocent('smooth continuous', { steps, rowLength: 40, seed: 1 }).sample)).toEqual([]);
  });
});

describe('rows-too-short', () => {
  test('rows of two steps, labels that need three past values', () => {
    const { x, y } = stream(10_000, 3);
    expect(findingOf(cutSample(x, y, 2, 4), 'rows-too-short')).toMatchObject({
      severity: 'error',
      evidence: { order: 3, rowLength: 2 },
    });
  });

  test('all labels masked', () => {
    const { x, y } = stream(100, 1);
    expect(
      codes(
        cutSample(
          x,
          y.map(() => -1),
          20,
          4,
        ),
      ),
    ).toEqual(['rows-too-short']);
  });

  test('near miss: rows of eight steps lose labels, but hold the others', () => {
    const { x, y } = stream(10_000, 3);
    expect(codes(cutSample(x, y, 8, 4))).toEqual(['label-outside-row']);
  });
});

describe('labels without regard to time', () => {
  const x = digits(2000, 2, 5);

  test('constant-label, and a single other label', () => {
    expect(
      codes(
        cutSample(
          x,
          x.map(() => 1),
          20,
          2,
        ),
      ),
    ).toEqual(['constant-label']);
    expect(
      codes(
        cutSample(
          x,
          x.map((_, t) => (t === 7 ? 0 : 1)),
          20,
          2,
        ),
      ),
    ).not.toContain('constant-label');
    const messageOf = (labels: number) => labelFindings(Int32Array.of(labels, 0))[0].message;
    expect(messageOf(1)).toMatch(/^The only label is class 0:/);
    expect(messageOf(2)).toMatch(/^All 2 labels are class 0:/);
  });

  test('class-imbalance above nine tenths, and not at 88 %', () => {
    const spread = digits(4000, 100, 6);
    const labels = (share: number) => spread.map((value) => (value < share ? 0 : 1));
    expect(codes(cutSample(spread, labels(95), 20, 2))).toEqual(['class-imbalance']);
    expect(codes(cutSample(spread, labels(88), 20, 2))).toEqual([]);
  });

  test('labels-unrelated-to-inputs, and parity under noise', () => {
    expect(codes(generate({ ...plain, rule: 'random' }))).toEqual(['labels-unrelated-to-inputs']);
    expect(codes(generate({ ...plain, rule: 'parity', order: 3, noise: 0.3 }))).toEqual([]);
  });

  test('near miss of labels-unrelated-to-inputs: one label a sequence, which all of it decides', () => {
    expect(
      codes(innocent('four continuous features, unrelated', { steps: 10_000, rowLength: 40, seed: 1 }).sample),
    ).toEqual([]);
    const first = cut(digits(140_000, 2, 12), 140);
    const y = first.flatMap((row) => row.map((_, t) => (t === 139 ? row[0] : -1)));
    expect(codes(cutSample(first.flat(), y, 140, 2))).toEqual([]);
  });
});

describe('features', () => {
  const x = digits(2000, 2, 5);

  test('constant-feature, and one that differs once', () => {
    const withSecond = (second: (t: number) => number) =>
      cutSample(
        x.map((value, t) => [value, second(t)]),
        x,
        20,
        2,
      );
    expect(
      findingOf(
        withSecond(() => 3),
        'constant-feature',
      )?.evidence,
    ).toEqual({ features: [1] });
    expect(codes(withSecond((t) => (t === 9 ? 4 : 3)))).not.toContain('constant-feature');
  });

  test('nothing but constant features is an error', () => {
    expect(
      findingOf(
        cutSample(
          x.map(() => 1),
          x,
          20,
          2,
        ),
        'constant-feature',
      )?.severity,
    ).toBe('error');
  });

  test('duplicate-feature, and one that differs once', () => {
    const wide = digits(2000, 3, 8);
    const withCopy = (at: number) =>
      cutSample(
        wide.map((v, t) => [v, t === at ? v + 1 : v]),
        wide,
        20,
        3,
      );
    expect(findingOf(withCopy(-1), 'duplicate-feature')?.evidence).toEqual({ feature: 1, of: 0 });
    expect(codes(withCopy(9))).not.toContain('duplicate-feature');
  });

  test('near miss: tokens that never occur are no constant features', () => {
    const oneHot = x.map((value) => [value, 1 - value, 0]);
    expect(codes(cutSample(oneHot, x, 20, 2))).not.toContain('constant-feature');
  });
});

describe('splits', () => {
  const names = ['train', 'test'];

  function split(sample: Sample, isTest: (row: number) => boolean): Sample {
    const ofRow = Uint8Array.from({ length: sample.starts.length - 1 }, (_, r) => (isTest(r) ? 1 : 0));
    return { ...sample, splits: { names, ofRow } };
  }

  test('class-missing-in-split: a class that training lacks, and one that the test lacks by chance', () => {
    const x = digits(2000, 2, 9);
    const rare = (rowOfTwo: number) => x.map((value, t) => (Math.floor(t / 20) === rowOfTwo && t % 20 < 5 ? 2 : value));
    const isTest = (row: number) => row >= 80;
    expect(findingOf(split(cutSample(x, rare(90), 20, 3), isTest), 'class-missing-in-split')).toMatchObject({
      severity: 'error',
      evidence: { split: 'train', classes: [2] },
    });
    expect(codes(split(cutSample(x, rare(10), 20, 3), isTest))).not.toContain('class-missing-in-split');
  });

  test('duplicate-across-splits: one sequence copied, and short ones that are equal by chance', () => {
    const x = digits(2000, 2, 9);
    const isTest = (row: number) => row % 5 === 0;
    const copied = [...x.slice(0, 1960), ...x.slice(0, 40)];
    expect(
      findingOf(
        split(cutSample(copied, copied, 40, 2), (row) => row === 49),
        'duplicate-across-splits',
      ),
    ).toMatchObject({
      evidence: { pairs: 1, example: [0, 49] },
    });
    expect(codes(split(cutSample(x, x, 40, 2), isTest))).not.toContain('duplicate-across-splits');
    expect(codes(split(cutSample(x, x, 4, 2), isTest))).not.toContain('duplicate-across-splits');
  });
});
