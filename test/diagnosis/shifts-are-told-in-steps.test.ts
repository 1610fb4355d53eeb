/**
 * Labels that come some steps before what they follow from: found, with the number of steps; and what looks like it: a
 * forecast, a hidden state, labels that come later.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { guilty } from '../../bench/doctor-data/guilty.ts';
import { innocent } from '../../bench/doctor-data/innocent.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { codes, cutSample, digits, examineQuickly, findingOf } from './sequences.ts';

const size = { steps: 6000, rowLength: 40 };
const futureOf = (sample: Sample) => examine(sample).findings.find(({ code }) => code === 'label-depends-on-future');

describe('a noisy function of three uniform numbers, where bins hide most', () => {
  test.each([1, 2, 3])('%i steps early: by so much labels are to be moved', (steps) => {
    const { sample } = guilty(`sum of three numbers, ${steps} early`, { ...size, seed: 7 + steps });
    const finding = futureOf(sample);
    expect(finding?.evidence).toMatchObject({ shift: steps, stepsAhead: steps });
    expect(finding?.message).toContain(`move each label ${steps} step${steps === 1 ? '' : 's'} later`);
    expect(Number(finding?.evidence.natsWithFuture)).toBeLessThan(Number(finding?.evidence.natsWithPast) - 0.15);
  });

  test.each([0, 2])('near miss: %i steps late, which a model only has to remember', (steps) => {
    const random = Random.seeded(61, 'data');
    const x = Array.from({ length: size.steps }, () => random.uniform());
    const y = x.map((_, t) => {
      if (t % size.rowLength < steps) return -1;
      const sum = [0, 1, 2].reduce((total, k) => total + (x[t - steps - k] ?? 0.5), 0);
      return Number(sum > 1.5) ^ Number(random.integer(20) === 0);
    });
    expect(futureOf(cutSample(x, y, size.rowLength, 2))).toBeUndefined();
  });
});

describe('digits, counted as they are', () => {
  const x = digits(10_000, 3, 62);
  const early = (steps: number) =>
    cutSample(
      x,
      x.map((_, t) => (t % 50 >= 50 - steps ? -1 : x[t + steps] + 3 * (x[t + steps - 1] ?? 0))),
      50,
      9,
    );

  test.each([1, 2, 3])('%i steps early', (steps) => {
    expect(findingOf(early(steps), 'label-depends-on-future')?.evidence.shift).toBe(steps);
  });

  test('a label that is the input: to be moved one step earlier, where the next one was meant', () => {
    const finding = findingOf(cutSample(x, x, 50, 3), 'label-among-inputs');
    expect(finding?.message).toContain('move each label one step earlier');
  });
});

describe('few sequences of bits, whatever their length', () => {
  const rules = {
    'the bit': (x: number[], t: number) => x[t],
    'whether it is the bit before': (x: number[], t: number) => x[t] ^ x[t - 1],
  };

  /** 52 rows, a tenth of whose labels are noise. */
  const shifted = (length: number, steps: number, rule: (x: number[], t: number) => number) => {
    const x = digits(52 * length, 2, 63);
    const noise = digits(x.length, 20, 64);
    const y = x.map((_, t) => (t % length >= length - steps ? -1 : rule(x, t + steps) ^ Number(noise[t] === 0)));
    return cutSample(x, y, length, 2);
  };

  describe.each(Object.entries(rules))('%s', (_, rule) => {
    test.each([30, 60, 120])('is early by 2, 5, 8 or 14 steps in rows of %i', (length) => {
      for (const steps of [2, 5, 8, 14]) {
        const { findings } = examineQuickly(shifted(length, steps, rule));
        expect(findings.map(({ code, evidence }) => [code, evidence.shift])).toEqual([
          ['label-depends-on-future', steps],
        ]);
      }
    });
  });

  test('near miss: labels of other bits have nothing to do with these', () => {
    const others = digits(52 * 120, 2, 65);
    expect(codes(shifted(120, 4, (_, t) => others[t]))).toEqual(['labels-unrelated-to-inputs']);
  });
});

test('near miss: a hidden state that numbers show with noise, and later ones as well', () => {
  for (const seed of [1, 2]) {
    expect(futureOf(innocent('hidden state in noise, numbers', { ...size, seed }).sample)).toBeUndefined();
  }
});

describe('hours of temperature', async () => {
  const file = new URL('../fixtures/hourly-temperatures/temperatures.csv', import.meta.url);
  const hours = (await readFile(file, 'utf8')).trim().split('\n').map(Number);
  const pieces = (label: (hour: number) => number) =>
    cutSample(
      hours,
      hours.map((_, hour) => label(hour)),
      67,
      2,
    );

  test.each([1, 3])('a forecast of %i hours is no finding', (ahead) => {
    const sample = pieces((hour) => Number((hours[hour + ahead] ?? 0) > hours[hour]));
    expect(futureOf(sample)).toBeUndefined();
    expect(codes(sample)).not.toContain('label-depends-on-future');
  });
});
