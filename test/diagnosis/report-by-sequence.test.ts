/** The report on labels of whole sequences counts sequences, and counts lags back from their ends. */
import { expect, test } from 'vitest';
import type { Judged } from '../../src/diagnosis/report/figures/judged.ts';
import { type Predict, score } from '../../src/diagnosis/report/figures/scores.ts';
import { measureInfluence } from '../../src/diagnosis/report/memory/influence.ts';
import { measureMemory } from '../../src/diagnosis/report/memory/memory.ts';
import { Random } from '../../src/model/random.ts';

const random = Random.seeded(1, 'data');

function sequenceOf(length: number) {
  const inputs = Float32Array.from({ length }, () => random.integer(2));
  return { inputs, labels: new Int32Array(length).fill(-1).fill(inputs[Math.max(0, length - 4)], length - 1) };
}

const judged: Judged = {
  part: 'test',
  features: 1,
  classes: 2,
  labelsAt: 'end',
  warmUp: 0,
  sequences: Array.from({ length: 50 }, (_, s) => sequenceOf(4 + (s % 90))),
  sequencesInPart: 50,
};

/** Tells the value of three steps before the last of what it is given, and after each earlier step the present one. */
const predict: Predict = (inputs, length) => {
  const probabilities = new Float32Array(2 * length);
  for (let t = 0; t < length; t++) {
    const value = t === length - 1 ? inputs[t - 3] : inputs[t];
    probabilities[2 * t + value] = 0.9;
    probabilities[2 * t + 1 - value] = 0.1;
  }
  return probabilities;
};

test('counts sequences, and leaves out positions', () => {
  const { scores } = score(predict, judged);
  expect(scores.heldOut).toMatchObject({ steps: 50, sequences: 50, accuracy: 1 });
  expect(scores.perPosition).toEqual([]);
});

test('finds the value that the label needs, and not those that only earlier steps show', () => {
  const influence = measureInfluence(predict, judged, Random.seeded(1, 'diagnosis'), { usesPast: 3 });
  expect(influence.map(({ nats }) => nats > 0)).toEqual([false, false, false, true, false]);
});

test('so does the influence where labels lie at the ends, though each step could have one', () => {
  const influence = measureInfluence(predict, { ...judged, labelsAt: 'every-step' }, random, { usesPast: 3 });
  expect(influence.findIndex(({ nats }) => nats > 0)).toBe(3);
});

test('no sequence has a value further back than its first one', () => {
  const short = { ...judged, sequences: Array.from({ length: 50 }, () => sequenceOf(4)) };
  const influence = measureInfluence(predict, short, Random.seeded(1, 'diagnosis'), { usesPast: 3 });
  expect(influence.map(({ lag, nats }) => [lag, nats > 0])).toEqual([
    [0, false],
    [1, false],
    [2, false],
    [3, true],
  ]);
});

test('a model uses as many past values as its loss at the end needs', () => {
  const { losses } = score(predict, judged);
  const request = { predict, judged, losses, labelEntropy: Math.LN2, affordableSteps: 1e6, random };
  const { memory, usesPast } = measureMemory(request)!;
  expect(usesPast).toMatchObject({ values: 3, low: 3, high: 3, atLeast: false });
  expect(memory.find(({ past }) => past === 3)!.loss).toBeCloseTo(-Math.log(0.9), 5);
  expect(memory.find(({ past }) => past === 2)!.loss).toBeGreaterThan(0.5);
});
