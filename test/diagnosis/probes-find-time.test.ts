/**
 * What probes find where the past tells something too: time along another axis, rows cut too short, labels of other
 * sequences. Each beside the same data as they should be.
 */
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { strided, turnedRows } from '../../src/diagnosis/sampling/rearranged.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { codes, cutSample } from './sequences.ts';

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

test('rows with as many channels as steps, a label on each: right, and uploaded as [channel, time]', () => {
  const random = Random.seeded(15, 'data');
  const rows = Array.from({ length: 600 }, () => {
    const steps: number[][] = [];
    for (let t = 0; t < 8; t++)
      steps.push(Array.from({ length: 8 }, (_, i) => 0.8 * (steps[t - 1]?.[i] ?? 0) + random.uniform() - 0.5 + i));
    return steps;
  });
  // Whether the third channel has risen by more than the fourth since the last step.
  const y = rows.flatMap((steps) =>
    steps.map((now, t) => (t === 0 ? -1 : Number(now[2] - steps[t - 1][2] > now[3] - steps[t - 1][3]))),
  );
  const right = cutSample(rows.flat(), y, 8, 2);
  expect(found(right)).toEqual([]);
  const { findings } = examine(turnedRows(right));
  expect(findings).toMatchObject([{ code: 'features-hold-time', severity: 'error', evidence: { rowLength: 8 } }]);
});

test('rows of four steps out of longer ones hold less than their labels need; shuffled, they go on nowhere', () => {
  const long = waves(400, 10);
  const starts = Int32Array.from({ length: 1001 }, (_, r) => 4 * r);
  const short = { ...long, starts, rowsPerBatch: 1000 };
  expect(found(short)).toEqual(['rows-too-short']);
});

test('text of 60 streams that was read across them: counting shows it, and not in the text as it is', () => {
  const random = Random.seeded(11, 'data');
  // A symbol is followed by one of three, of which the symbol before rules out one; the label is the next symbol.
  const followers = Array.from({ length: 8 }, () => Array.from({ length: 3 }, () => random.integer(8)));
  const streams = Array.from({ length: 60 }, () => {
    const symbols = [random.integer(8), random.integer(8)];
    while (symbols.length <= 200) symbols.push(followers[symbols.at(-1)!][(symbols.at(-2)! + random.integer(2)) % 3]);
    return symbols;
  });
  const x = streams.flatMap((symbols) => symbols.slice(0, -1));
  const y = streams.flatMap((symbols) => symbols.slice(1));
  const text = { ...cutSample(x, y, 200, 8), inputKind: 'symbols' as const };
  expect(found(text)).toEqual([]);
  const { findings } = examine({ ...strided(text, 200), starts: text.starts, rowsPerBatch: 60 });
  expect(findings).toMatchObject([{ code: 'streams-interleaved', evidence: { stride: 60 } }]);
  expect(findings[0].message).toContain('counting explains the labels');
});

test('near miss: hours of days that are like each other, and whether it is more than at the same hour of the day before', () => {
  const random = Random.seeded(14, 'data');
  const x = Array.from({ length: 9500 }, (_, hour) =>
    Math.floor(5 + 3 * Math.sin((2 * Math.PI * hour) / 24) + 3 * Math.sin(hour / 200) + 2 * random.uniform()),
  );
  const y = x.map((value, hour) => Number(value > (x[hour - 24] ?? 0)));
  const days = cutSample(x, y, 190, 2);
  expect(found(days)).toEqual([]);
  expect(codes(days)).toEqual([]);
});

test('near miss: four seasons in pieces of 73 days, where the piece beside tells the season too', () => {
  const random = Random.seeded(12, 'data');
  const days = Array.from({ length: 730 }, (_, day) => day);
  const x = days.map((day) => Math.sin((2 * Math.PI * day) / 365) + 0.2 * random.uniform());
  expect(
    found(
      cutSample(
        x,
        days.map((day) => Math.floor((4 * (day % 365)) / 365)),
        73,
        4,
      ),
    ),
  ).toEqual([]);
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

test('of 80 sequences too, and of the steps of smooth series; of 40 sequences nothing is said', () => {
  const few = waves(30, 80);
  const labelsOf = (label: (row: number, step: number) => number) =>
    few.labels.map((_, step) => label(Math.floor(step / 30), step % 30));
  const atEnd = few.mask.map((_, step) => Number(step % 30 === 29));
  const random = Random.seeded(13, 'data');
  const chance = Array.from({ length: 80 }, () => random.integer(2));
  const ofRows = { ...few, mask: atEnd, labelsAt: 'end' as const };
  expect(found({ ...ofRows, labels: labelsOf((row) => chance[row]) })).toEqual(['labels-unrelated-to-inputs']);
  expect(found({ ...ofRows, labels: labelsOf((row) => few.labels[30 * row + 29]) })).toEqual([]);
  const anyOf = few.labels.map(() => random.integer(2));
  expect(found({ ...few, labels: anyOf })).toEqual(['labels-unrelated-to-inputs']);
  const starts = ofRows.starts.subarray(0, 41);
  const part = { inputs: few.inputs.subarray(0, 1200), mask: atEnd.subarray(0, 1200), starts, rowsPerBatch: 40 };
  expect(found({ ...ofRows, ...part, labels: labelsOf((row) => chance[row]).subarray(0, 1200) })).toEqual([]);
});
