/**
 * Labels of lines on a chart: each at its line where there is room, and apart where lines are close.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spread } from '../../src/dashboard/charts/spread.ts';

test('labels with room stay where they belong', () => {
  expect(spread([20, 60, 100], 14, 0, 200)).toEqual([20, 60, 100]);
  expect(spread([], 14, 0, 200)).toEqual([]);
});

test('labels that would touch part evenly, and those at an edge move inwards', () => {
  expect(spread([100, 100], 14, 0, 200)).toEqual([93, 107]);
  expect(spread([98, 100, 150], 14, 0, 200)).toEqual([92, 106, 150]);
  expect(spread([0, 1], 14, 0, 200)).toEqual([0, 14]);
  expect(spread([199, 200], 14, 0, 200)).toEqual([186, 200]);
});

test('whatever lines there are, labels keep their order and distance, and stay within where there is room', () => {
  const lines = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 12 });
  fc.assert(
    fc.property(lines, (wanted) => {
      const places = spread(
        wanted.toSorted((a, b) => a - b),
        14,
        0,
        300,
      );
      for (let i = 1; i < places.length; i++) expect(places[i] - places[i - 1]).toBeGreaterThan(14 - 1e-9);
      for (const place of places) {
        expect(place).toBeGreaterThan(-1e-9);
        expect(place).toBeLessThan(300 + 1e-9);
      }
    }),
  );
});
