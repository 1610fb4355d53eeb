/**
 * The order is that of the estimator whose entropies are shown: bins hide the present value, so that counting has the past
 * help where a probe that sees the value needs none.
 */
import { expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { cutSample, examineQuickly } from './sequences.ts';

/** 24 rows of 100 steps of a wave that starts anywhere. */
function waves(label: (row: number[], t: number) => number): Sample {
  const random = Random.seeded(71, 'data');
  const rows = Array.from({ length: 24 }, () => {
    const start = 6.3 * random.uniform();
    return Array.from({ length: 100 }, (_, t) => Math.sin(start + 0.12 * t));
  });
  const labels = rows.flatMap((row) => row.map((_, t) => label(row, t)));
  return cutSample(rows.flat(), labels, 100, 2);
}

test('labels near a peak: counting in bins has the past help, the probe that is shown does not', () => {
  const nearPeak = waves((row, t) => Number(row[t] > 0.8));
  expect(examineQuickly(nearPeak).order).toBeGreaterThan(9);
  const { order, binned, entropies, findings } = examine(nearPeak);
  expect({ order, binned, source: entropies.at(-1)?.source, findings }).toEqual({
    order: 0,
    binned: true,
    source: 'probe',
    findings: [],
  });
  // The present value brings what is known, but for a tenth of it.
  const [none, present, last] = [entropies[0], entropies[1], entropies[entropies.length - 1]];
  expect(none.nats - present.nats).toBeGreaterThanOrEqual(0.9 * (none.nats - last.nats));
});

test('near miss: which way the wave goes, which the probe needs the past for as well', () => {
  const { order, entropies } = examine(waves((row, t) => (t === 0 ? -1 : Number(row[t] > row[t - 1]))));
  expect(entropies.at(-1)?.source).toBe('probe');
  expect(order).toBeGreaterThan(0);
});
