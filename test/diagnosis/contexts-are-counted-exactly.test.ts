/**
 * The counting that every entropy rests on: groups of steps with the same past, refined by one more value at a time.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Grouping, oneGroup, refine } from '../../src/diagnosis/counting/contexts.ts';

/** The same partition by strings: groups numbered in the order of their first step. */
function refinedByHand(grouping: Grouping, codes: Int32Array): Grouping {
  const numbers = new Map<string, number>();
  const ids = codes.map((code, j) => {
    const key = `${grouping.ids[j]},${code}`;
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key) as number;
  });
  return { ids, count: numbers.size };
}

describe('refining groups', () => {
  test.each([
    ['few codes, addressed directly', 5],
    ['codes without bound, hashed', 2 ** 30],
  ])('%s, gives the partition that comparing every pair gives', (_, codeCount) => {
    const lists = fc.array(fc.tuple(fc.nat(3), fc.nat(codeCount - 1), fc.nat(2)), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(lists, (steps) => {
        const first = refine(
          oneGroup(steps.length),
          Int32Array.from(steps, ([a]) => a),
          4,
        );
        const codes = Int32Array.from(steps, ([, b, repeat]) => (repeat === 0 ? 1 : b));
        expect(refine(first, codes, codeCount)).toEqual(refinedByHand(first, codes));
      }),
    );
  });
});
