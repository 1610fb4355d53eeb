/**
 * Values to put in the place of inputs, out of those that the data have: all of them where they are few, or a sample that
 * stands for them. They are the same for every input of a request, so that what they move can be compared, and what is
 * said of an input does not depend on what else is asked.
 */
import { Random } from '../../model/random.ts';

export interface Replacements {
  /** [n,I], each different, in order. */
  values: Float32Array;
  /** How often each of them counts. */
  counts: readonly number[];
  /** Inputs that they stand for. */
  of: number;
  /** Whether they are all of the data, each as often as it occurs. */
  isExhaustive: boolean;
}

/** The mean of what replacements moved, with its standard error: 0 where all were tried, null where one cannot tell. */
export interface MeanMove {
  nats: number;
  standardError: number | null;
}

/**
 * @param pool [n,I]
 * @param most at least 1: where the pool has more different values, one is drawn at random from each of so many strata of
 *   the inputs in their order, which is that of the first feature, then of the next.
 */
export function replacementsFrom(pool: Float32Array, I: number, most: number, seed: number): Replacements {
  const of = pool.length / I;
  const rows = ordered(pool, I);
  const all = grouped(pool, I, rows);
  if (all.counts.length <= most) return { ...all, of, isExhaustive: true };
  const random = Random.seeded(seed, 'diagnosis');
  const strata = Math.min(most, of);
  const drawn = Array.from({ length: strata }, (_, k) => {
    const [from, end] = [Math.floor((k * of) / strata), Math.floor(((k + 1) * of) / strata)];
    return rows[from + random.integer(end - from)];
  });
  return { ...grouped(pool, I, drawn), of, isExhaustive: false };
}

/** The rows of [n,I] in the order of their numbers. */
function ordered(pool: Float32Array, I: number): Uint32Array {
  const rows = Uint32Array.from({ length: pool.length / I }, (_, row) => row);
  return rows.sort((a, b) => {
    for (let i = 0; i < I; i++) {
      const difference = pool[a * I + i] - pool[b * I + i];
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Equal rows, which lie side by side, as one with its count. */
function grouped(pool: Float32Array, I: number, rows: ArrayLike<number>): Pick<Replacements, 'values' | 'counts'> {
  const firsts: number[] = [];
  const counts: number[] = [];
  const isEqual = (a: number, b: number) => {
    for (let i = 0; i < I; i++) if (pool[a * I + i] !== pool[b * I + i]) return false;
    return true;
  };
  for (let n = 0; n < rows.length; n++) {
    if (n === 0 || !isEqual(rows[n], rows[n - 1])) {
      firsts.push(rows[n]);
      counts.push(0);
    }
    counts[counts.length - 1]++;
  }
  const values = new Float32Array(firsts.length * I);
  for (const [n, row] of firsts.entries()) values.set(pool.subarray(row * I, (row + 1) * I), n * I);
  return { values, counts };
}

/**
 * The standard error is that of successive differences (Wolter, "Introduction to Variance Estimation", 2nd ed. 2007, section
 * 8.2, v2): on average not too small for a sample with one draw a stratum.
 * @param moved by each value of the replacements.
 */
export function meanMove({ counts, of, isExhaustive }: Replacements, moved: ArrayLike<number>): MeanMove {
  let draws = 0;
  let sum = 0;
  let squares = 0;
  for (const [n, count] of counts.entries()) {
    draws += count;
    sum += count * moved[n];
    if (n > 0) squares += (moved[n] - moved[n - 1]) ** 2;
  }
  const nats = sum / draws;
  if (isExhaustive) return { nats, standardError: 0 };
  if (draws < 2) return { nats, standardError: null };
  return { nats, standardError: Math.sqrt(((1 - draws / of) * squares) / (2 * (draws - 1) * draws)) };
}
