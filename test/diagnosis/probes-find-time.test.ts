/**
 * What probes find where the past tells something too: time along another axis, rows cut too short, labels of other
 * sequences. Each beside the same data as they should be.
 */
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { strided } from '../../src/diagnosis/sampling/rearranged.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { cutSample } from './sequences.ts';

/** 100 sequences of a wave that starts anywhere, labelled by which way it has gone over the last four steps. */
function waves(length: number, count = 100): Sample {
  const random = Random.seeded(9, 'data');
  const x = Array.from({ length: count }, () => {
    const start = 6.3 * random.uniform();
    return Array.from({ length }, (_, t) => Math.sin(start + t / 5) + 0.02 * random.uniform());
  });
  const y = x.map((row) => row.map((value, t) => Number(value > (row[t - 4] ?? row[0]))));
  return cutSample(x.flat(), y.flat(), length, 2);
}

const found = (sample: Sample) => examine(sample).findings.map(({ code }) => code);

describe('time along another axis', () => {
  test('as it should be: nothing', () => {
    expect(found(waves(60))).toEqual([]);
  });

  test('transposed: axes-swapped', () => {
    const { findings } = examine(strided(waves(60), 60));
    expect(findings).toMatchObject([{ code: 'axes-swapped', evidence: { remedy: 'transpose-upload' } }]);
  });

  test('an array of [time, 100] read as rows of 60 steps: the stride of the streams', () => {
    const right = waves(60);
    const viewed = { ...strided(right, 60), starts: right.starts, rowsPerBatch: 100 };
    const finding = examine(viewed).findings.find(({ code }) => code === 'streams-interleaved');
    expect(finding?.evidence.stride).toBe(100);
  });
});

test('rows of four steps out of longer ones hold less than their labels need; shuffled, they go on nowhere', () => {
  const long = waves(400, 10);
  const starts = Int32Array.from({ length: 1001 }, (_, r) => 4 * r);
  const short = { ...long, starts, rowsPerBatch: 1000 };
  expect(found(short)).toContain('rows-too-short');
});

test('labels of whole sequences, and the same labels of other sequences', () => {
  const random = Random.seeded(10, 'data');
  const rows = Array.from({ length: 400 }, (_, r) => {
    const rate = r % 2 === 0 ? 0.3 : 0.5;
    const start = 6.3 * random.uniform();
    return Array.from({ length: 20 }, (_, t) => Math.sin(start + rate * t) + 0.1 * random.uniform());
  });
  const sample = (label: (r: number) => number): Sample => ({
    ...cutSample(
      rows.flat(),
      rows.flatMap((row, r) => row.map((_, t) => (t === 19 ? label(r) : -1))),
      20,
      2,
    ),
    labelsAt: 'end',
  });
  expect(found(sample((r) => r % 2))).toEqual([]);
  expect(found(sample((r) => (r >> 3) % 2))).toEqual(['labels-unrelated-to-inputs']);
});
