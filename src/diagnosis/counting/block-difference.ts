/**
 * Whether a quantity differs between two parts of the data by more than chance: by its means over blocks of neighbouring
 * rows, which hang together, and by more than pieces of the one part differ among themselves.
 */

export interface BlockDifference {
  /** Mean over the blocks of the second part minus that of the first. */
  difference: number;
  /** Two-sided probability of a t as large, with one degree of freedom less than the first part has blocks. */
  p: number;
  /** Deviation of the second part over the largest one of any piece of the first that is as long. */
  beyondPieces: number;
}

/** Blocks that are needed of each part. */
const leastBlocks = { first: 6, second: 2 };

/**
 * By Student's t for two means: the variance of the second part's blocks, which may be few, is taken for no less than that
 * of the first's. Blocks without a value (NaN) are left out; undefined with too few.
 */
export function blockDifference(first: readonly number[], second: readonly number[]): BlockDifference | undefined {
  const [a, b] = [first, second].map((values) => values.filter((value) => !Number.isNaN(value)));
  if (a.length < leastBlocks.first || b.length < leastBlocks.second) return undefined;
  const difference = mean(b) - mean(a);
  const spread = variance(a);
  const error = Math.sqrt(spread / a.length + Math.max(spread, variance(b)) / b.length);
  const p = error > 0 ? twoSidedP(Math.abs(difference) / error, a.length - 1) : Number(difference === 0);
  const largest = largestDeviation(a, Math.min(b.length, Math.floor(a.length / 3)));
  return { difference, p, beyondPieces: Math.abs(difference) / Math.max(largest, Number.MIN_VALUE) };
}

/** How far the mean of so many neighbouring values may lie from that of all. */
function largestDeviation(values: readonly number[], window: number): number {
  const middle = mean(values);
  let largest = 0;
  for (let from = 0; from + window <= values.length; from++)
    largest = Math.max(largest, Math.abs(mean(values.slice(from, from + window)) - middle));
  return largest;
}

/** P(|T| > t) with n degrees of freedom, in closed form (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4). */
export function twoSidedP(t: number, n: number): number {
  const angle = Math.atan(t / Math.sqrt(n));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = n % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = n === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= n - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return Math.max(0, 1 - inside);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
