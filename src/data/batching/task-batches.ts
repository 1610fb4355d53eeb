/**
 * Batches of a task, without end: streams are cut into rows, rows laid out as the spec names it, unknowable labels masked.
 */
import type { Batch } from '../../model/batch.ts';
import type { Random, RandomState } from '../../model/random.ts';
import { type Stream, type Task, unknowable } from '../task.ts';
import { type Layout, layOut } from './layout.ts';

/**
 * - independent: every row is a stream of its own, so no label depends on a value outside its row.
 * - lanes: row b of every batch continues row b of the batch before; with the state carried, nothing is out of reach.
 * - flat: one endless stream cut into rows, as the question did: the first labels of a row depend on the end of the row before.
 */
export const rowKinds = ['independent', 'lanes', 'flat'] as const;
export type Rows = (typeof rowKinds)[number];

export interface BatchOptions {
  batchSize: number;
  sequenceLength: number;
  layout: Layout;
  rows: Rows;
  /** Weight of each class in the loss; without them every labelled step counts 1. */
  classWeights?: readonly number[];
}

/** Where in the data a source stands, as plain JSON: with it, a resumed job sees the batches it would have seen. */
export type BatchSourceState = TaskSourceState | SequenceSourceState;

/** Of a built-in task's endless streams. */
interface TaskSourceState {
  random: RandomState;
  streams: number[][];
}

/** Of a dataset's sequences (`sequence-batches.ts`). */
export interface SequenceSourceState {
  kind: 'sequences';
  /** Epochs that are over. */
  epoch: number;
  /** The generator as the present epoch began: the order of its sequences follows from it. */
  epochStart: RandomState;
  /** How many of the epoch's groups (independent rows) or sequences (lanes) have been taken. */
  taken: number;
  /** Independent rows: the next piece of the group that was taken last. Lanes: 0. */
  piece: number;
  /** Lanes: for each, the sequence that it is in and the next step of it; [-1, 0] is empty. Independent rows: none. */
  lanes: [sequence: number, step: number][];
}

export interface BatchSource {
  /** The next batch; its arrays are used again for the one after. */
  next(): Batch;
  state(): BatchSourceState;
  restore(state: BatchSourceState): void;
}

/** Whether a job with such rows hands the final state of a batch to the next one. */
export function carriesState(rows: Rows): boolean {
  return rows !== 'independent';
}

/** A batch of more steps than `limit` gets fewer and shorter rows: for those who look at a few of its rows only. */
export function shrunkBatch(
  { batchSize, sequenceLength }: Pick<BatchOptions, 'batchSize' | 'sequenceLength'>,
  limit: number,
): { batchSize: number; sequenceLength: number } {
  let size = { batchSize, sequenceLength };
  while (size.batchSize * size.sequenceLength > limit) {
    size =
      size.batchSize > size.sequenceLength
        ? { ...size, batchSize: size.batchSize >> 1 }
        : { ...size, sequenceLength: size.sequenceLength >> 1 };
  }
  return size;
}

export function taskBatches(task: Task, options: BatchOptions, random: Random): BatchSource {
  const { batchSize, sequenceLength, layout, rows, classWeights } = options;
  const steps = batchSize * sequenceLength;
  const flat = { inputs: new Float32Array(steps * task.features), labels: new Int32Array(steps) };
  const batch = {
    batchSize,
    sequenceLength,
    inputs: new Float32Array(steps * task.features),
    labels: new Int32Array(steps),
    mask: new Float32Array(steps),
  };
  let streams = openStreams();

  function openStreams(): Stream[] {
    return Array.from({ length: rows === 'flat' ? 1 : batchSize }, () => task.open());
  }

  return {
    next() {
      if (rows === 'independent') streams = openStreams();
      const count = steps / streams.length;
      for (const [s, stream] of streams.entries()) stream.fill(random, flat.inputs, flat.labels, s * count, count);
      layOut(flat.inputs, batch.inputs, layout, batchSize, sequenceLength, task.features);
      layOut(flat.labels, batch.labels, layout, batchSize, sequenceLength, 1);
      maskUnknowable(batch.labels, batch.mask, classWeights);
      return batch;
    },
    state: () => ({ random: random.state(), streams: streams.map((stream) => stream.state()) }),
    restore(state) {
      if ('kind' in state) throw new TypeError('This is the position in a dataset, not in a built-in task.');
      random.restore(state.random);
      for (const [s, stream] of streams.entries()) stream.restore(state.streams[s]);
    },
  };
}

/** Gives every label its weight; one that is unknowable has none, and is replaced by a class. */
function maskUnknowable(labels: Int32Array, mask: Float32Array, classWeights?: readonly number[]): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === unknowable) {
      labels[i] = 0;
      mask[i] = 0;
    } else {
      mask[i] = classWeights?.[label] ?? 1;
    }
  }
}
