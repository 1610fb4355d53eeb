/**
 * The split: every sequence in one part, in the shares asked for, by the seed alone.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSplit, shuffle, splitSequences, splitSizes } from '../../src/data/split.ts';
import { Random } from '../../src/model/random.ts';

describe('a split', () => {
  it('puts every sequence into one part, as many as its sizes say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(90), fc.nat(90), fc.nat(), (count, a, b, seed) => {
        const fractions = { train: 1 - (a + b) / 200, validation: a / 200, test: b / 200 };
        const split = splitSequences(count, fractions, Random.seeded(seed, 'split'));
        const { train, validation, test } = split;
        expect([...train, ...validation, ...test].sort((x, y) => x - y)).toEqual(
          Array.from({ length: count }, (_, s) => s),
        );
        expect({ train: train.length, validation: validation.length, test: test.length }).toEqual(
          splitSizes(count, fractions),
        );
        expect(train.length).toBeGreaterThan(0);
        for (const part of [train, validation, test]) expect([...part]).toEqual([...part].sort((x, y) => x - y));
        expect(splitSequences(count, fractions, Random.seeded(seed, 'split'))).toEqual(split);
      }),
    );
  });

  it('leaves a sequence for every part that is asked for, as far as there are some', () => {
    expect(splitSizes(1000, defaultSplit)).toEqual({ train: 800, validation: 100, test: 100 });
    expect(splitSizes(3, defaultSplit)).toEqual({ train: 1, validation: 1, test: 1 });
    expect(splitSizes(2, defaultSplit)).toEqual({ train: 1, validation: 1, test: 0 });
    expect(splitSizes(1, defaultSplit)).toEqual({ train: 1, validation: 0, test: 0 });
    expect(splitSizes(100, { train: 1, validation: 0, test: 0 })).toEqual({ train: 100, validation: 0, test: 0 });
  });

  it('by order trains on the first sequences and tests the last ones', () => {
    const by = splitSequences(20, { ...defaultSplit, by: 'order' }, Random.seeded(1, 'split'));
    expect([...by.train, ...by.validation, ...by.test]).toEqual(Array.from({ length: 20 }, (_, s) => s));
    expect([by.train.length, by.validation.length, by.test.length]).toEqual([16, 2, 2]);
  });

  it('depends on the seed', () => {
    const parts = [1, 2].map((seed) => splitSequences(100, defaultSplit, Random.seeded(seed, 'split')).test.join());
    expect(parts[0]).not.toBe(parts[1]);
  });

  it('shuffles into every order equally often', () => {
    const counts = new Map<string, number>();
    const random = Random.seeded(1, 'split');
    for (let n = 0; n < 6000; n++) {
      const order = Int32Array.of(0, 1, 2);
      shuffle(order, random);
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five standard deviations of a binomial count.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((1000 * 5) / 6));
  });
});
