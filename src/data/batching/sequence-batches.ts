/**
 * Batches of a dataset: pieces of sequences are encoded, padded to the longest of the batch and masked. What is padded,
 * or has no label, counts nothing.
 */
import type { Batch } from '../../model/batch.ts';
import type { Random } from '../../model/random.ts';
import { type Dataset, lengthOf } from '../datasets/dataset.ts';
import type { InputEncoder } from '../encoding/encoder.ts';
import { unknowable } from '../task.ts';
import { groupedRows, laneRows, type Piece } from './row-plans.ts';
import type { BatchSource } from './task-batches.ts';

export interface SequenceBatchOptions {
  batchSize: number;
  sequenceLength: number;
  rows: 'independent' | 'lanes';
  /** Weight of each class in the loss; without them every labelled step counts 1. */
  classWeights?: readonly number[];
  /** See `PlanOptions`. */
  lengthClasses?: number;
}

/** With eight classes of length at most an eighth of a row is padded, and the sequences of a class still meet in ever new groups. */
export const defaultLengthClasses = 8;

/** A sequence with its targets, as the model sees it. */
export interface LabelledSequence {
  /** [T,I] */
  inputs: Float32Array;
  /** [T], -1 where there is no target. */
  labels: Int32Array;
}

/** Endless batches of the given sequences, every epoch in a new order. */
export function datasetBatches(
  dataset: Dataset,
  sequences: Int32Array,
  encoder: InputEncoder,
  options: SequenceBatchOptions,
  random: Random,
): BatchSource {
  const planOptions = { lengthClasses: defaultLengthClasses, ...options };
  const length = (sequence: number) => lengthOf(dataset, sequence);
  const plan = (options.rows === 'lanes' ? laneRows : groupedRows)(sequences, length, planOptions, random);
  const fill = batchFiller(dataset, encoder, options);
  return {
    next: () => fill(plan.next()),
    state: () => plan.state(),
    restore(state) {
      if (!('kind' in state)) throw new TypeError('This is the position in a built-in task, not in a dataset.');
      plan.restore(state);
    },
  };
}

/**
 * The given sequences once, in groups of like length, always the same. Those longer than a row come in pieces, as in
 * training: `starts` is 0 where a piece continues the batch before.
 */
export function* heldOutBatches(
  dataset: Dataset,
  sequences: Int32Array,
  encoder: InputEncoder,
  options: { batchSize: number; sequenceLength: number },
): Generator<Batch> {
  const { batchSize, sequenceLength } = options;
  const fill = batchFiller(dataset, encoder, options);
  const ascending = [...sequences].sort((a, b) => lengthOf(dataset, a) - lengthOf(dataset, b));
  for (let first = 0; first < ascending.length; first += batchSize) {
    const group = ascending.slice(first, first + batchSize);
    const longest = lengthOf(dataset, group[group.length - 1]);
    for (let from = 0; from < longest; from += sequenceLength) {
      yield fill(
        group.map((sequence) => ({
          sequence,
          from,
          length: Math.max(0, Math.min(sequenceLength, lengthOf(dataset, sequence) - from)),
        })),
      );
    }
  }
}

/** The given sequences one by one and whole, whatever their length. */
export function* labelledSequences(
  dataset: Dataset,
  sequences: ArrayLike<number>,
  encoder: InputEncoder,
): Generator<LabelledSequence> {
  const write = encoder.writer(dataset);
  for (let s = 0; s < sequences.length; s++) {
    const first = dataset.offsets[sequences[s]];
    const length = lengthOf(dataset, sequences[s]);
    const inputs = new Float32Array(length * encoder.features);
    for (let t = 0; t < length; t++) write(first + t, inputs, t);
    yield { inputs, labels: dataset.labels.slice(first, first + length) };
  }
}

/** What turns the pieces of a batch's rows into the batch, in arrays that are used again for the next one. */
function batchFiller(
  dataset: Dataset,
  encoder: InputEncoder,
  options: { batchSize: number; sequenceLength: number; classWeights?: readonly number[] },
): (pieces: readonly Piece[]) => Batch {
  const most = options.batchSize * options.sequenceLength;
  const write = encoder.writer(dataset);
  const inputs = new Float32Array(most * encoder.features);
  const labels = new Int32Array(most);
  const mask = new Float32Array(most);

  function fillRow({ sequence, from, length }: Piece, b: number, rows: number): void {
    const first = dataset.offsets[sequence] + from;
    for (let t = 0; t < length; t++) {
      const at = t * rows + b;
      write(first + t, inputs, at);
      const label = dataset.labels[first + t];
      if (label === unknowable) continue;
      labels[at] = label;
      mask[at] = options.classWeights?.[label] ?? 1;
    }
  }

  return (pieces) => {
    const sequenceLength = Math.max(...pieces.map(({ length }) => length));
    const steps = pieces.length * sequenceLength;
    inputs.fill(0, 0, steps * encoder.features);
    labels.fill(0, 0, steps);
    mask.fill(0, 0, steps);
    for (const [b, piece] of pieces.entries()) fillRow(piece, b, pieces.length);
    return {
      batchSize: pieces.length,
      sequenceLength,
      inputs: inputs.subarray(0, steps * encoder.features),
      labels: labels.subarray(0, steps),
      mask: mask.subarray(0, steps),
      starts: Uint8Array.from(pieces, ({ from }) => (from === 0 ? 1 : 0)),
    };
  };
}
