/**
 * The data that a report is measured on: laid out as in training, and strung together as the model runs through them.
 */
import type { LabelledSequence } from '../data/sequence-batches.ts';
import { unknowable } from '../data/task.ts';
import { type DataOfSpec, drawRows, type Sample, type Sequence } from './sample.ts';

export interface HeldOut {
  /** I */
  features: number;
  /** C */
  classes: number;
  /** With carried state, a sequence is a lane: row b of all batches, end to end. */
  sequences: Sequence[];
  /** Steps of a row within a lane; undefined where every sequence is a row of its own. */
  rowLength?: number;
  /** Steps at the start of each lane that are run but not scored: a model trained on carried state does not know the zero state. */
  warmUp: number;
}

const heldOutSteps = 20_000;
/** By then a carried state has forgotten where it came from. */
const settledAfter = 32;

/** Fresh rows for a job on a built-in task, from a generator that training does not draw from. */
export function heldOutOfSpec(spec: DataOfSpec, steps = heldOutSteps): HeldOut {
  return heldOutOf(drawRows(spec, 'evaluation', steps));
}

/** The first held-out sequences of a dataset, as the model sees them, that together have at most `steps` steps (at least one). */
export function heldOutOfSequences(
  sequences: Iterable<LabelledSequence>,
  { features, classes }: Pick<HeldOut, 'features' | 'classes'>,
  steps: number,
): HeldOut {
  const taken: Sequence[] = [];
  let sum = 0;
  for (const { inputs, labels } of sequences) {
    sum += labels.length;
    if (taken.length > 0 && sum > steps) break;
    const mask = Float32Array.from(labels, (label) => (label === unknowable ? 0 : 1));
    taken.push({ inputs, labels, mask, length: labels.length });
  }
  return { features, classes, sequences: taken, warmUp: 0 };
}

/** The rows of a sample as sequences; rows that carry state are joined. */
export function heldOutOf(sample: Sample): HeldOut {
  const { features, classes, starts, rowsPerBatch, stateCarried } = sample;
  const rows = Array.from({ length: starts.length - 1 }, (_, r) => rowOf(sample, r));
  if (!stateCarried || rows.length === 0) return { features, classes, sequences: rows, warmUp: 0 };
  const rowLength = rows[0].length;
  const lanes = Array.from({ length: Math.min(rowsPerBatch, rows.length) }, (_, b) =>
    joined(
      rows.filter((_, r) => r % rowsPerBatch === b),
      features,
    ),
  );
  const settled = Math.ceil(settledAfter / rowLength) * rowLength;
  const warmUp = Math.min(settled, Math.floor(lanes[0].length / 2 / rowLength) * rowLength);
  return { features, classes, sequences: lanes, rowLength, warmUp };
}

function rowOf({ inputs, labels, mask, starts, features }: Sample, row: number): Sequence {
  const [from, to] = [starts[row], starts[row + 1]];
  return {
    inputs: inputs.subarray(from * features, to * features),
    labels: labels.subarray(from, to),
    mask: mask.subarray(from, to),
    length: to - from,
  };
}

function joined(rows: Sequence[], features: number): Sequence {
  const length = rows.reduce((sum, row) => sum + row.length, 0);
  const lane = {
    inputs: new Float32Array(length * features),
    labels: new Int32Array(length),
    mask: new Float32Array(length),
    length,
  };
  let at = 0;
  for (const row of rows) {
    lane.inputs.set(row.inputs, at * features);
    lane.labels.set(row.labels, at);
    lane.mask.set(row.mask, at);
    at += row.length;
  }
  return lane;
}
