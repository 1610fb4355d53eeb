/**
 * Which sequences of a dataset train, which choose the checkpoint, and which are kept for the report: by sequence,
 * never by step, and the same for the same seed.
 */
import type { Random } from '../model/random.ts';

/** Shares, which add up to 1. */
export interface SplitFractions {
  train: number;
  validation: number;
  test: number;
  /** order: the first sequences train, the last ones test. random if it is not told. */
  by?: 'random' | 'order';
}

/** Numbers of the sequences, ascending. */
export interface Split {
  train: Int32Array;
  validation: Int32Array;
  test: Int32Array;
}

export const defaultSplit: SplitFractions = { train: 0.8, validation: 0.1, test: 0.1 };

export function splitSequences(count: number, fractions: SplitFractions, random: Random): Split {
  const order = Int32Array.from({ length: count }, (_, s) => s);
  const { train, validation, test } = splitSizes(count, fractions);
  if (fractions.by === 'order') {
    return {
      train: order.slice(0, train),
      validation: order.slice(train, train + validation),
      test: order.slice(train + validation),
    };
  }
  shuffle(order, random);
  return {
    validation: order.slice(0, validation).sort(),
    test: order.slice(validation, validation + test).sort(),
    train: order.slice(validation + test).sort(),
  };
}

/** A share above 0 gets at least one sequence, as long as one is left for training; of too few, validation comes before test. */
export function splitSizes(count: number, fractions: SplitFractions): Record<keyof Split, number> {
  const wanted = (share: number) => (share > 0 ? Math.max(1, Math.round(share * count)) : 0);
  const validation = Math.min(wanted(fractions.validation), count - 1);
  const test = Math.min(wanted(fractions.test), count - 1 - validation);
  return { train: count - validation - test, validation, test };
}

/** In place, every order equally probable (Durstenfeld, Algorithm 235, CACM 7(7), 1964). */
export function shuffle(array: Int32Array, random: Random): void {
  for (let last = array.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    const moved = array[last];
    array[last] = array[other];
    array[other] = moved;
  }
}
