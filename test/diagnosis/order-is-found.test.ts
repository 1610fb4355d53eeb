/** How far back labels reach, over data whose order is known: what the doctor answers first. */
import { describe, expect, test } from 'vitest';
import { generate } from '../../bench/doctor-data/generated.ts';
import { entropyAt, type Recipe } from '../../bench/doctor-data/recipe.ts';
import { partOf, searchedSteps, spreadPart } from '../../src/diagnosis/sampling/sample.ts';
import { cutSample, digits, examineQuickly } from './sequences.ts';

const plain: Recipe = {
  rule: 'digits',
  base: 2,
  order: 1,
  noise: 0,
  layout: 'right',
  inputs: 'numbers',
  steps: 20_000,
  rowLength: 50,
  seed: 7,
};

test('of few labels it says how little can be proven, and nothing of that where it is enough', () => {
  const noise = (steps: number) => examineQuickly(generate({ ...plain, noise: 0.6, steps }));
  const few = noise(200);
  expect(few).toMatchObject({ order: 0, leastProvable: (2 * Math.log(1e6)) / few.steps });
  const many = noise(20_000);
  expect(many.order).toBe(1);
  expect(many.leastProvable).toBeUndefined();
  // Nothing is left to prove where the present value tells all.
  expect(examineQuickly(generate({ ...plain, order: 0, steps: 200 })).leastProvable).toBeUndefined();
});

describe('the order of the data', () => {
  test.each<[string, Partial<Recipe>]>([
    ['digits of order 0', { order: 0 }],
    ['digits of order 3', { order: 3 }],
    ['digits of base 5', { base: 5, order: 2 }],
    ['parity of three values, which nothing short of all three tells', { rule: 'parity', order: 2 }],
    ['parity of six values under noise', { rule: 'parity', order: 5, noise: 0.1 }],
    ['sums under noise', { rule: 'sum', base: 3, order: 2, noise: 0.3 }],
    ['tokens', { rule: 'sum', base: 4, order: 1, inputs: 'tokens' }],
  ])('%s: every entropy is that of the closed form', (_, change) => {
    const recipe = { ...plain, ...change };
    const { order, entropies, findings } = examineQuickly(generate(recipe));
    expect(order).toBe(recipe.order);
    expect(findings.filter(({ code }) => code !== 'label-among-inputs')).toEqual([]);
    for (const { depth, nats } of entropies) expect(nats).toBeCloseTo(entropyAt(recipe, depth), 1.5);
  });

  test('continuous inputs: the order, and nearly all of the information', () => {
    const recipe: Recipe = { ...plain, base: 3, inputs: 'continuous' };
    const { order, entropies } = examineQuickly(generate(recipe));
    expect(order).toBe(1);
    expect(entropies[2].nats).toBeLessThan(0.05 * entropies[0].nats);
  });

  test('accuracy is cross-validated: a guess among four is a quarter, however deep the context', () => {
    const { entropies, order } = examineQuickly(generate({ ...plain, rule: 'random', base: 4, steps: 4000 }));
    expect(order).toBe(0);
    for (const { bestAccuracy } of entropies) expect(Math.abs(bestAccuracy - 0.25)).toBeLessThan(0.03);
  });

  test('an echo from further back than contexts reach is found as a single lag', () => {
    const x = digits(20_000, 4, 3);
    const y = x.map((_, t) => (t % 100 < 30 ? -1 : x[t - 30]));
    const { order, entropies } = examineQuickly(cutSample(x, y, 100, 4));
    expect(order).toBe(30);
    expect(entropies.at(-1)).toMatchObject({ depth: 31, nats: 0, bestAccuracy: 1 });
  });

  test('a part of the rows is examined as such, and it says so', () => {
    const sample = generate({ ...plain, steps: 6000 });
    expect(examineQuickly(sample).sampled).toBe(false);
    const { sample: part, kept } = partOf(sample, 2030);
    expect(part.starts.length - 1).toBe(40);
    expect(kept.at(-1)).toBe(1999);
    expect(part.labels).toEqual(sample.labels.slice(0, 2000));
    expect(examineQuickly(part)).toMatchObject({ sampled: true, order: 1 });
  });

  test('of more than 250,000 labels a part from all over the file is searched, and it says so', () => {
    const sample = generate({ ...plain, steps: 300_000 });
    expect(examineQuickly(sample)).toMatchObject({ sampled: true, order: 1 });
    // Class 0 has these labels, and a quarter of the others: three quarters of all, but more of the first 250,000.
    sample.labels.fill(0, 0, 200_000);
    const { steps, entropies } = examineQuickly(sample);
    expect(steps).toBeLessThanOrEqual(searchedSteps);
    expect(entropies[0].bestAccuracy).toBeCloseTo(0.75, 2);
  });

  test('a spread part has pieces from all of a file, the rows whole and neighbours together', () => {
    const sample = generate({ ...plain, steps: 20_000 });
    const { sample: part, kept } = spreadPart(sample, 2000);
    const rows = [...kept].filter((_, j) => j % 50 === 0).map((step) => step / 50);
    expect(rows).toEqual(Array.from({ length: 40 }, (_, k) => 20 * (k >> 1) + (k & 1)));
    expect(part.labels).toEqual(kept.map((step) => sample.labels[step]));
    expect(part.sampled).toBe(true);
  });

  test('rows that carry their state on, or lie in batches, are not spread', () => {
    const sample = generate({ ...plain, steps: 20_000 });
    for (const change of [{ stateCarried: true }, { rowsPerBatch: 10 }]) {
      const { kept } = spreadPart({ ...sample, ...change }, 2000);
      expect(kept).toEqual(Int32Array.from({ length: 2000 }, (_, j) => j));
    }
  });

  test('few long rows are cut off behind, so that a swapped axis still shows', () => {
    const sample = generate({ ...plain, steps: 60_000, layout: 'transposed', rowLength: 20 });
    const { sample: part } = partOf(sample, 20_000);
    expect(part.starts.slice(0, 3)).toEqual(Int32Array.of(0, 1000, 2000));
    expect(part.starts.length - 1).toBe(20);
    expect(examineQuickly(part).findings.map(({ code }) => code)).toEqual(['axes-swapped']);
  });
});
