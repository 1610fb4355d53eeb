/**
 * Labelled sequences from plain arrays, for the tests of the doctor and the report.
 */

import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { DoctorReport, Finding, FindingCode } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { type Sample, type Sequence, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';

/** A sequence of one feature, or of several where x lists them; a label of -1 does not count. */
export function sequence(x: (number | number[])[], y: number[]): Sequence {
  return {
    inputs: Float32Array.from(x.flat()),
    labels: Int32Array.from(y, (label) => Math.max(0, label)),
    mask: Float32Array.from(y, (label) => (label < 0 ? 0 : 1)),
    length: y.length,
  };
}

/** `count` uniform digits below `base`. */
export function digits(count: number, base: number, seed: number): number[] {
  const random = Random.seeded(seed, 'data');
  return Array.from({ length: count }, () => random.integer(base));
}

/** Pieces of a list, each `length` long. */
export function cut<V>(list: V[], length: number): V[][] {
  return Array.from({ length: Math.floor(list.length / length) }, (_, k) => list.slice(k * length, (k + 1) * length));
}

/** x and y cut into sequences of `length` steps. */
export function cutSample(x: (number | number[])[], y: number[], length: number, classes: number): Sample {
  const labels = cut(y, length);
  const sequences = cut(x, length).map((row, r) => sequence(row, labels[r]));
  return sampleOfSequences(sequences, { features: Array.isArray(x[0]) ? x[0].length : 1, classes });
}

/** By counting alone: probes take a second, and have tests of their own. */
export function examineQuickly(sample: Sample): DoctorReport {
  return examine(sample, { depth: 'quick' });
}

export function codes(sample: Sample): FindingCode[] {
  return examineQuickly(sample).findings.map(({ code }) => code);
}

export function findingOf(sample: Sample, code: FindingCode): Finding | undefined {
  return examineQuickly(sample).findings.find((finding) => finding.code === code);
}
