/**
 * Integers as a sensor gives them, of hundreds of levels, are numbers: taken for categories they would use up the sample
 * at depth 1, and the past would go unseen.
 */
import { expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { cutSample, digits } from './sequences.ts';

test('the doctor finds the past of readings of 900 levels, and says that it cut them into bins', () => {
  const x = digits(30_000, 900, 1);
  const y = x.map((_, t) => (t > 1 && x[t - 1] + x[t - 2] > 899 ? 1 : 0));
  const doctor = examine(cutSample(x, y, 50, 2));
  expect(doctor.binned).toBe(true);
  expect(doctor.order).toBe(2);
});
