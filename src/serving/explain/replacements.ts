/**
 * Values to put in the place of inputs, out of those that the data have: all of them, or a sample that stands for them.
 * They are the same for every input of a request, so that what they move can be compared.
 */
import { Random } from '../../model/random.ts';

export interface Replacements {
  /** [n,I], each different, in order. */
  values: Float32Array;
  /** How often each of them counts: as often as it occurs in the data, or as often as it was drawn. */
  counts: readonly number[];
  /** Inputs that the data have. */
  of: number;
  /** Whether they are all values of the data. */
  isExhaustive: boolean;
}

/** The mean of what replacements moved, with its standard error: 0 where all were tried, null where one cannot tell. */
export interface MeanMove {
  nats: number;
  standardError: number | null;
}

/**
 * @param pool [n,I], in whatever order.
 * @param most at least 1: all values where the pool has no more different ones; else so many inputs are drawn from it.
 */
export function replacementsFrom(pool: Float32Array, I: number, most: number, seed: number): Replacements {
  const of = pool.length / I;
  const rows = ordered(pool, I);
  const all = grouped(pool, I, rows);
  if (all.counts.length <= most) return { ...all, of, isExhaustive: true };
  const places = drawnPlaces(of, most, Random.seeded(seed, 'diagnosis'));
  const drawn = places.map((place) => rows[place]);
  return { ...grouped(pool, I, drawn), of, isExhaustive: false };
}

/** So many of the places from 0, without replacement, every set of them as probable as any other; in order. */
function drawnPlaces(of: number, draws: number, random: Random): Uint32Array {
  const places = Uint32Array.from({ length: of }, (_, place) => place);
  for (let n = 0; n < draws; n++) {
    const drawn = n + random.integer(of - n);
    [places[n], places[drawn]] = [places[drawn], places[n]];
  }
  return places.slice(0, draws).sort();
}

/** How many values each input was replaced by: the different ones of the data, or the draws, among which may be equal ones. */
export function countOf({ counts, isExhaustive }: Replacements): number {
  return isExhaustive ? counts.length : sumOf(counts);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
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
 * The mean over the data: exactly, or as a simple random sample estimates it, without bias; so is the square of its standard
 * error (W. G. Cochran, "Sampling Techniques", 3rd ed. 1977, chapter 2: s² / n with the correction for a finite population).
 * @param moved by each value of the replacements.
 */
export function meanMove({ counts, of, isExhaustive }: Replacements, moved: ArrayLike<number>): MeanMove {
  const draws = sumOf(counts);
  const nats = counts.reduce((sum, count, n) => sum + count * moved[n], 0) / draws;
  if (isExhaustive) return { nats, standardError: 0 };
  if (draws < 2) return { nats, standardError: null };
  const squares = counts.reduce((sum, count, n) => sum + count * (moved[n] - nats) ** 2, 0);
  return { nats, standardError: Math.sqrt(((1 - draws / of) * squares) / ((draws - 1) * draws)) };
}
