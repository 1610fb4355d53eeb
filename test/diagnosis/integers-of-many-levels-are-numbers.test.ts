/**
 * Integers as a sensor gives them, of hundreds of levels, are numbers: taken for categories they would use up the sample
 * at depth 1, and the past would go unseen.
 */
import { expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { cutSample, digits, examineQuickly } from './sequences.ts';

const x = digits(30_000, 900, 1);
const y = x.map((_, t) => (t > 1 && x[t - 1] + x[t - 2] > 899 ? 1 : 0));
const sample = cutSample(x, y, 50, 2);

test('counting finds the past of readings of 900 levels, and says that it cut them into bins', () => {
  const doctor = examineQuickly(sample);
  expect(doctor.binned).toBe(true);
  expect(doctor.order).toBe(2);
});

test('a probe, which needs no bins, knows the labels better, and finds the same past', () => {
  const { binned, order, entropies } = examine(sample);
  const counted = examineQuickly(sample).entropies;
  expect(binned).toBe(true);
  expect(entropies.at(-1)).toMatchObject({ source: 'probe' });
  expect(entropies.at(-1)!.nats).toBeLessThan(0.75 * counted.at(-1)!.nats);
  expect(order).toBe(2);
});
