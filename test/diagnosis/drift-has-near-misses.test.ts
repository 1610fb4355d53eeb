/**
 * Drift between splits: of inputs, of class shares, and of labels given their inputs, each beside what is almost the same
 * and none; and Student's t, by which it is told from chance.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { sampleOfLines } from '../../bench/real-data/lines.ts';
import { variantsOf } from '../../bench/real-data/spoiled.ts';
import { splitSequences } from '../../src/data/split.ts';
import { blockDifference, twoSidedP } from '../../src/diagnosis/counting/block-difference.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { sampleOfData } from '../../src/diagnosis/sampling/dataset-sample.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { completeSpec } from '../../src/spec/completion.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { ndjson, temporaryStore, upload } from '../data/stores.ts';
import { cutSample, examineQuickly } from './sequences.ts';

const names = ['train', 'validation', 'test'];

function byOrder(sample: Sample): Sample {
  const rows = sample.starts.length - 1;
  const ofRow = Uint8Array.from({ length: rows }, (_, r) => Number(r >= 0.8 * rows) + Number(r >= 0.9 * rows));
  return { ...sample, splits: { names, ofRow } };
}

function atRandom(sample: Sample, seed: number): Sample {
  const rows = sample.starts.length - 1;
  const { validation, test } = splitSequences(
    rows,
    { train: 0.8, validation: 0.1, test: 0.1 },
    Random.seeded(seed, 'split'),
  );
  const ofRow = new Uint8Array(rows);
  for (const r of validation) ofRow[r] = 1;
  for (const r of test) ofRow[r] = 2;
  return { ...sample, splits: { names, ofRow } };
}

const length = 20;
type Step = { x: number; y: number };

/** Rows of steps; `later` is whether the row lies in the last fifth, which is held out by order. */
function rows(count: number, step: (random: Random, later: boolean, t: number) => Step, seed = 31): Sample {
  const random = Random.seeded(seed, 'data');
  const steps = Array.from({ length: count * length }, (_, t) => step(random, t >= 0.8 * count * length, t));
  return cutSample(
    steps.map(({ x }) => x),
    steps.map(({ y }) => y),
    length,
    2,
  );
}

const kinds = (sample: Sample) =>
  examineQuickly(sample)
    .findings.filter(({ code }) => code === 'drift-between-splits')
    .map(({ evidence }) => evidence.of);

const noisy = (random: Random, y: number) => (random.integer(5) === 0 ? 1 - y : y);

describe('inputs', () => {
  const sensor = (offset: number, count = 100) =>
    rows(count, (random, later) => {
      const x = random.uniform() + (later ? offset : 0);
      return { x, y: noisy(random, Number(x > 0.5)) };
    });

  test('a sensor with an offset from where the held-out part begins', () => {
    const { findings } = examineQuickly(byOrder(sensor(0.6)));
    const finding = findings.find(({ code }) => code === 'drift-between-splits');
    expect(finding).toMatchObject({ severity: 'warning', evidence: { of: 'inputs', feature: 0, splitByOrder: true } });
    expect(finding!.evidence.mean).toBeCloseTo(0.6, 1);
    expect(finding!.evidence.p).toBeLessThan(1e-4);
  });

  test('near misses: the same sensor under a random split, a small offset, few sequences', () => {
    for (let seed = 1; seed <= 20; seed++) expect(kinds(atRandom(sensor(0.6), seed))).toEqual([]);
    expect(kinds(byOrder(sensor(0.1)))).toEqual([]);
    expect(kinds(byOrder(sensor(0.6, 6)))).toEqual([]);
  });

  test('a sensor that varies three times as widely', () => {
    const wide = rows(100, (random, later) => {
      const x = (random.uniform() - 0.5) * (later ? 3 : 1);
      return { x, y: noisy(random, Number(x > 0)) };
    });
    const { findings } = examineQuickly(byOrder(wide));
    expect(findings).toMatchObject([{ code: 'drift-between-splits', evidence: { of: 'inputs' } }]);
    expect(Math.exp(Number(findings[0].evidence.spread))).toBeCloseTo(3, 0);
  });

  test('near miss: seasons that the training part has seen, and the held-out part ends in one of them', () => {
    const seasons = rows(100, (random, _, t) => {
      const x = random.uniform() + Math.sin((2 * Math.PI * t) / (25 * length));
      return { x, y: noisy(random, Number(random.uniform() > 0.5)) };
    });
    expect(kinds(byOrder(seasons))).toEqual([]);
  });

  test('a symbol that is rare before and frequent in the held-out part', () => {
    const symbols = rows(100, (random, later) => {
      const x = later && random.integer(2) === 0 ? 3 : random.integer(3);
      return { x, y: noisy(random, x & 1) };
    });
    const found = examineQuickly(byOrder({ ...symbols, inputKind: 'symbols' })).findings;
    expect(found.map(({ evidence }) => [evidence.of, evidence.symbol])).toContainEqual(['inputs', 3]);
  });
});

describe('class shares', () => {
  /** Inputs that tell nothing of the label. */
  const shares = (later: number) =>
    rows(200, (random, isLater) => ({
      x: random.integer(3),
      y: Number(random.uniform() < (isLater ? later : 0.3)),
    }));

  test('a class that is twice as frequent in the held-out part, and what follows from the same inputs with it', () => {
    expect(kinds(byOrder(shares(0.6)))).toEqual(['class-shares', 'labels-given-inputs']);
  });

  test('near miss: 0.33 instead of 0.3', () => expect(kinds(byOrder(shares(0.33)))).toEqual([]));
});

describe('labels given their inputs', () => {
  const rule = (flips: boolean, before: (random: Random, later: boolean) => number) =>
    rows(100, (random, later) => {
      const x = before(random, later);
      const y = Number(x > 1) ^ Number(flips && later);
      return { x, y: noisy(random, y) };
    });
  const uniform = (random: Random) => random.integer(4);

  test('a rule that is turned round in the held-out part, inputs and class shares as before', () => {
    const { findings } = examineQuickly(byOrder(rule(true, uniform)));
    expect(findings.map(({ code, evidence }) => [code, evidence.of])).toEqual([
      ['drift-between-splits', 'labels-given-inputs'],
    ]);
  });

  test('near miss: other inputs are frequent, and the rule is the same', () => {
    const shifted = rule(false, (random, later) => (later && random.integer(2) === 0 ? 3 : random.integer(4)));
    expect(kinds(byOrder(shifted))).not.toContain('labels-given-inputs');
  });

  test('seen by a probe where bins show nothing: the value four steps before, of a wave', () => {
    const waves = (flips: boolean) => {
      const random = Random.seeded(41, 'data');
      const x: number[] = [];
      for (let r = 0; r < 200; r++) {
        const start = 6.3 * random.uniform();
        for (let t = 0; t < length; t++) x.push(Math.sin(start + t / 5) + 0.02 * random.uniform());
      }
      const y = x.map(
        (value, t) => Number(value > x[t - Math.min(4, t % length)]) ^ Number(flips && t >= 0.8 * x.length),
      );
      return byOrder(cutSample(x, y, length, 2));
    };
    const ofKind = (sample: Sample) => examine(sample).findings.flatMap(({ evidence }) => evidence.of ?? []);
    expect(ofKind(waves(true))).toEqual(['labels-given-inputs']);
    expect(ofKind(waves(false))).toEqual([]);
  });
});

describe('real data, split by order', () => {
  const fixture = (path: string) => readFile(new URL(`../fixtures/${path}`, import.meta.url), 'utf8');

  test('digits as they are: nothing; with a pixel two standard deviations brighter in the last fifth: inputs', async () => {
    const lines = (await fixture('handwritten-digits/digits.ndjson')).trim().split('\n');
    const sample = sampleOfLines(
      lines.map((line) => JSON.parse(line)),
      'end',
    );
    expect(kinds(byOrder(sample))).toEqual([]);
    const variants = variantsOf({ name: 'digits', about: '', kind: 'sequence', sample }, 1);
    expect(kinds(variants.find(({ spoiling }) => spoiling === 'drifted')!.sample)).toContain('inputs');
  });

  test('hours of a year by the direction of the next: nothing, though the last fifth is autumn', async () => {
    const hours = (await fixture('hourly-temperatures/temperatures.csv')).trim().split('\n').map(Number);
    const y = hours.map((value, hour) => Number((hours[hour + 1] ?? 0) > value));
    expect(kinds(byOrder(cutSample(hours, y, 48, 2)))).toEqual([]);
  });
});

test('an uploaded dataset that a job splits by order: the patch is a random split', async () => {
  const random = Random.seeded(5, 'data');
  const lines = Array.from({ length: 60 }, (_, s) => {
    const x = Array.from({ length: 20 }, () => random.uniform() + (s >= 48 ? 1 : 0));
    return { x, y: x.map(() => random.integer(2)) };
  });
  const { store } = await temporaryStore();
  const { sheet } = await upload(store, ndjson(...lines));
  const facts = await store.facts(sheet.id);
  const drift = async (by: 'order' | 'random') => {
    const task = { type: 'dataset', dataset: sheet.id } as const;
    const spec = completeSpec(resolveJobSpec({ task, data: { split: { by } } }), facts);
    const { findings } = examineQuickly(await sampleOfData({ spec }, store));
    return findings.filter(({ code }) => code === 'drift-between-splits');
  };
  expect(await drift('order')).toMatchObject([{ patch: [{ op: 'replace', path: '/data/split/by', value: 'random' }] }]);
  expect(await drift('random')).toEqual([]);
});

test('P(|T| > t) is that of the tables, and 5 % of differences of nothing pass at 5 %', () => {
  for (const [t, n] of [
    [12.706, 1],
    [4.303, 2],
    [2.571, 5],
    [2.228, 10],
    [2.093, 19],
  ])
    expect(twoSidedP(t, n)).toBeCloseTo(0.05, 4);
  const random = Random.seeded(6, 'data');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  let passed = 0;
  for (let k = 0; k < 2000; k++) {
    const values = Array.from({ length: 23 }, normal);
    passed += Number(blockDifference(values.slice(0, 20), values.slice(20))!.p < 0.05);
  }
  expect(passed / 2000).toBeLessThan(0.06);
});
