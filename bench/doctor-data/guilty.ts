/**
 * Data sets with a fault that counting alone does not see, or that lies in their split, and what ought to be said of each.
 */
import type { FindingCode } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { type Sample, type Sequence, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import type { Random } from '../../src/model/random.ts';
import { type RowFill, type Size, sequencesOf, splitByOrder } from './sequence.ts';

interface Guilty {
  name: string;
  sample: Sample;
  expected: FindingCode;
  /** Steps by which labels are too early. */
  shift?: number;
}

const noisy = (label: number, random: Random) => (random.integer(20) === 0 ? 1 - label : label);

/** Uniform numbers; the label tells whether three of them, the last one so many steps ahead, are above their mean. */
function earlyBy(steps: number): RowFill {
  return (row, random) => {
    for (let t = 0; t < row.length; t++) row.inputs[t] = random.uniform();
    for (let t = 0; t < row.length; t++) {
      const at = t + steps;
      row.mask[t] = Number(at < row.length);
      const last = row.inputs.subarray(Math.max(0, at - 2), at + 1);
      row.labels[t] = noisy(Number(last.reduce((sum, x) => sum + x - 0.5, 0) > 0), random);
    }
  };
}

/** A sensor whose label is a threshold, and what becomes of both in the last fifth of the rows. */
function sensor(offset: number, isTurnedRound: boolean): RowFill {
  return (row, random, place) => {
    const isLate = place >= 0.8;
    for (let t = 0; t < row.length; t++) {
      const x = random.uniform();
      row.inputs[t] = x + (isLate ? offset : 0);
      row.labels[t] = noisy(Number(x > 0.5) ^ Number(isLate && isTurnedRound), random);
    }
  };
}

const kinds: { name: string; expected: FindingCode; shift?: number; byOrder?: boolean; fill: RowFill }[] = [
  ...[1, 2, 3].map((steps) => ({
    name: `sum of three numbers, ${steps} early`,
    expected: 'label-depends-on-future' as const,
    shift: steps,
    fill: earlyBy(steps),
  })),
  { name: 'sensor with an offset', expected: 'drift-between-splits', byOrder: true, fill: sensor(0.6, false) },
  { name: 'rule turned round', expected: 'drift-between-splits', byOrder: true, fill: sensor(0, true) },
];

/** The names of all kinds. */
export const guiltyKinds: readonly string[] = kinds.map(({ name }) => name);

/** A data set of the kind with this name, of `steps` steps in rows of `rowLength`. */
export function guilty(name: string, { steps, rowLength, seed }: Size): Guilty {
  const { expected, shift, byOrder = false, fill } = kinds.find((kind) => kind.name === name)!;
  const sequences: Sequence[] = sequencesOf(fill, { steps, rowLength, seed });
  const sample = sampleOfSequences(sequences, { features: 1, classes: 2 });
  return { name, sample: byOrder ? splitByOrder(sample) : sample, expected, ...(shift ? { shift } : {}) };
}
