/**
 * Which piece of which sequence stands in which row of which batch. Sequences longer than a row run through several
 * batches, a piece in each, with the state carried from piece to piece (truncated back-propagation through time).
 * `sequence-batches.ts` fills the batches.
 */

import type { Random } from '../../model/random.ts';
import { shuffle } from '../split.ts';
import type { SequenceSourceState } from './task-batches.ts';

/** What one row of a batch holds: `length` steps of a sequence from step `from`; length 0: the sequence is over, the row is padding. */
export interface Piece {
  sequence: number;
  from: number;
  length: number;
}

export interface PlanOptions {
  batchSize: number;
  sequenceLength: number;
  /** Classes of length within one row: sequences of one class go together, so that little is padded. 1: none. */
  lengthClasses: number;
}

/** The rows of one batch after the other, without end; all of its position is plain JSON. */
interface RowPlan {
  next(): Piece[];
  state(): SequenceSourceState;
  restore(state: SequenceSourceState): void;
}

/** Steps of a sequence by its number. */
type LengthOf = (sequence: number) => number;

/**
 * Independent rows: sequences of like length form groups of `batchSize`, and a group runs from its first piece to its
 * last before the next one begins. Every epoch draws a new order, within the classes of length and of the groups. The
 * number of batches in an epoch is the same every time, for it depends on the lengths' classes alone.
 */
export function groupedRows(sequences: Int32Array, lengthOf: LengthOf, options: PlanOptions, random: Random): RowPlan {
  const { batchSize, sequenceLength } = options;
  const groups = Math.ceil(sequences.length / batchSize);
  let epoch = 0;
  let taken = 0;
  let piece = 0;
  let epochStart = random.state();
  let order = beginEpoch();
  let group: number[] = [];

  function beginEpoch() {
    epochStart = random.state();
    const shuffled = sequences.slice();
    shuffle(shuffled, random);
    const turns = Int32Array.from({ length: groups }, (_, g) => g);
    shuffle(turns, random);
    return { sequences: byLengthClass(shuffled, lengthOf, options), turns };
  }

  function takeGroup(): void {
    if (taken === groups) {
      epoch++;
      taken = 0;
      order = beginEpoch();
    }
    group = groupAt(taken++);
    piece = 0;
  }

  function groupAt(turn: number): number[] {
    const first = order.turns[turn] * batchSize;
    return [...order.sequences.subarray(first, first + batchSize)];
  }

  return {
    next() {
      const over = group.every((sequence) => lengthOf(sequence) <= piece * sequenceLength);
      if (over) takeGroup();
      const from = piece++ * sequenceLength;
      return group.map((sequence) => pieceOf(sequence, from, lengthOf(sequence), sequenceLength));
    },
    state: () => ({ kind: 'sequences', epoch, epochStart: [...epochStart], taken, piece, lanes: [] }),
    restore(state) {
      random.restore(state.epochStart);
      order = beginEpoch();
      ({ epoch, taken, piece } = state);
      group = taken > 0 ? groupAt(taken - 1) : [];
    },
  };
}

/**
 * Lanes: every row takes the next sequence of the epoch as soon as its own is over, so that all rows are always at work
 * whatever the lengths.
 */
export function laneRows(sequences: Int32Array, lengthOf: LengthOf, options: PlanOptions, random: Random): RowPlan {
  const { batchSize, sequenceLength } = options;
  let epoch = 0;
  let taken = 0;
  let epochStart = random.state();
  let order = beginEpoch();
  let lanes: SequenceSourceState['lanes'] = Array.from({ length: batchSize }, () => [-1, 0]);

  function beginEpoch(): Int32Array {
    epochStart = random.state();
    const shuffled = sequences.slice();
    shuffle(shuffled, random);
    return shuffled;
  }

  function takeSequence(): number {
    if (taken === order.length) {
      epoch++;
      taken = 0;
      order = beginEpoch();
    }
    return order[taken++];
  }

  return {
    next() {
      return lanes.map((lane) => {
        if (lane[0] === -1 || lane[1] >= lengthOf(lane[0])) {
          lane[0] = takeSequence();
          lane[1] = 0;
        }
        const [sequence, from] = lane;
        lane[1] += sequenceLength;
        return pieceOf(sequence, from, lengthOf(sequence), sequenceLength);
      });
    },
    state: () => ({
      kind: 'sequences',
      epoch,
      epochStart: [...epochStart],
      taken,
      piece: 0,
      lanes: lanes.map(([sequence, step]) => [sequence, step]),
    }),
    restore(state) {
      random.restore(state.epochStart);
      order = beginEpoch();
      ({ epoch, taken } = state);
      lanes = state.lanes.map(([sequence, step]) => [sequence, step]);
    },
  };
}

/** Training steps of so many epochs: in lanes an epoch may end within a batch, and the last one is filled up. */
export function stepsOfEpochs(
  lengths: ArrayLike<number>,
  epochs: number,
  options: PlanOptions & { rows: 'independent' | 'lanes' },
): number {
  const pieces = Int32Array.from(lengths, (length) => Math.ceil(length / options.sequenceLength)).sort();
  if (options.rows === 'lanes') {
    const all = pieces.reduce((sum, count) => sum + count, 0);
    return Math.ceil((epochs * all) / options.batchSize);
  }
  // A group takes as many batches as its longest sequence has pieces; groups are cut from the sequences in the order of their pieces.
  let batches = 0;
  for (let first = 0; first < pieces.length; first += options.batchSize) {
    batches += pieces[Math.min(first + options.batchSize, pieces.length) - 1];
  }
  return epochs * batches;
}

/**
 * The sequences in ascending classes of length, in the given order within a class. A class never holds sequences of
 * different numbers of pieces.
 */
function byLengthClass(sequences: Int32Array, lengthOf: LengthOf, options: PlanOptions): Int32Array {
  const classes = new Map<number, number[]>();
  for (const sequence of sequences) {
    const lengthClass = Math.ceil((lengthOf(sequence) * options.lengthClasses) / options.sequenceLength);
    const members = classes.get(lengthClass);
    if (members) members.push(sequence);
    else classes.set(lengthClass, [sequence]);
  }
  const ascending = [...classes.keys()].sort((a, b) => a - b);
  return Int32Array.from(ascending.flatMap((lengthClass) => classes.get(lengthClass)!));
}

function pieceOf(sequence: number, from: number, length: number, sequenceLength: number): Piece {
  return { sequence, from, length: Math.max(0, Math.min(sequenceLength, length - from)) };
}
