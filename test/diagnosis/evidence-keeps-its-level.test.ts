/** The test that decides whether a deeper context counts: silent over noise, awake over a rule. */
import { describe, expect, test } from 'vitest';
import { oneGroup, refine } from '../../src/diagnosis/counting/contexts.ts';
import {
  compareFits,
  fitGroups,
  fitMarginal,
  type Labelled,
  labelledSteps,
} from '../../src/diagnosis/counting/evidence.ts';
import { Random } from '../../src/model/random.ts';

function labelledFrom(labels: number[], classes: number): Labelled {
  const steps = Int32Array.from(labels.keys());
  return labelledSteps(steps, Int32Array.from(labels), new Int32Array(labels.length), classes);
}

/** Compares contexts given by `codes` with no context at all. */
function compared(labels: number[], codes: number[], classes: number) {
  const labelled = labelledFrom(labels, classes);
  const marginal = fitMarginal(labelled);
  const grouping = refine(oneGroup(labels.length), Int32Array.from(codes), Math.max(...codes) + 1);
  return { labelled, marginal, deep: fitGroups(labelled, grouping, marginal) };
}

describe('the split likelihood-ratio test', () => {
  test.each([2, 16, 200])('raises no alarm over 400 unrelated samples with %i contexts', (contexts) => {
    const random = Random.seeded(contexts, 'data');
    let alarms = 0;
    for (let trial = 0; trial < 400; trial++) {
      const labels = Array.from({ length: 400 }, () => random.integer(3));
      const codes = labels.map(() => random.integer(contexts));
      const { labelled, marginal, deep } = compared(labels, codes, 3);
      if (compareFits(labelled, deep, marginal).significant) alarms++;
    }
    expect(alarms).toBe(0);
  });

  test('finds a rule in sixty labels', () => {
    const codes = Array.from({ length: 60 }, (_, j) => ((j * 7) % 3) % 2);
    const { labelled, marginal, deep } = compared(codes, codes, 2);
    const { significant, gain } = compareFits(labelled, deep, marginal);
    expect(significant).toBe(true);
    expect(gain).toBeGreaterThan(0.4);
    // Sixty labels are no proof at a level of 2^-60 and beyond, whatever the rule; nor where blocks would have to agree without end.
    expect(compareFits(labelled, deep, marginal, { level: 2 ** -61, t: 4 }).significant).toBe(false);
    expect(compareFits(labelled, deep, marginal, { level: 1e-6, t: Number.POSITIVE_INFINITY }).significant).toBe(false);
  });

  test('is the mean of the two halves’ likelihood ratios, by hand', () => {
    // Forty steps in twenty blocks of two; in each half, context and label are equal in 18 of 20 steps.
    const codes = Array.from({ length: 40 }, (_, j) => (j >> 2) % 2);
    const labels = codes.map((code, j) => (j < 4 ? 1 - code : code));
    const { labelled, marginal, deep } = compared(labels, codes, 2);
    const halves = [0, 1].map((half) => {
      const own = [...labels.keys()].filter((j) => (labelled.blocks[j] & 1) === half);
      const other = [...labels.keys()].filter((j) => (labelled.blocks[j] & 1) !== half);
      const share = (of: number[], label: number) => of.filter((j) => labels[j] === label).length / of.length;
      const count = (label: number, code: number) =>
        other.filter((j) => labels[j] === label && codes[j] === code).length;
      const deepLog = own.reduce((sum, j) => {
        const below = (other.length * share(other, labels[j]) + 2 / 2) / (other.length + 2);
        const inContext = other.filter((i) => codes[i] === codes[j]);
        const weight = new Set(inContext.map((i) => labels[i])).size;
        return sum + Math.log((count(labels[j], codes[j]) + weight * below) / (inContext.length + weight));
      }, 0);
      return deepLog - own.reduce((sum, j) => sum + Math.log(share(own, labels[j])), 0);
    });
    const expected = Math.log((Math.exp(halves[0]) + Math.exp(halves[1])) / 2);
    expect(compareFits(labelled, deep, marginal).logRatio).toBeCloseTo(expected, 9);
  });

  test('does not take a few long coincidences for many', () => {
    const random = Random.seeded(5, 'data');
    let alarms = 0;
    for (let trial = 0; trial < 200; trial++) {
      let [x, y] = [0, 0];
      const steps = Array.from({ length: 4000 }, () => {
        if (random.integer(40) === 0) x = random.integer(2);
        if (random.integer(40) === 0) y = random.integer(2);
        return [x, y];
      });
      const { labelled, marginal, deep } = compared(
        steps.map(([, label]) => label),
        steps.map(([code]) => code),
        2,
      );
      if (compareFits(labelled, deep, marginal).significant) alarms++;
    }
    expect(alarms).toBe(0);
  });
});
