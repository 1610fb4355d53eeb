/**
 * A linear fit by least squares of the relative errors, with coefficients that are not negative: a cost cannot be, and
 * sizes from microseconds to seconds count alike.
 */

const rounds = 20_000;

/**
 * Non-negative c that makes Σ (Σ_k c_k·terms_k / measured - 1)² least, by coordinate descent (each coordinate's own
 * minimum in turn, cut off at zero: Franc, Hlaváč & Navara, "Sequential coordinate-wise algorithm for the non-negative
 * least squares problem", CAIP 2005).
 */
export function fitRelative(terms: readonly (readonly number[])[], measured: readonly number[]): number[] {
  const scaled = terms.map((row, i) => row.map((term) => term / measured[i]));
  const fitted = scaled[0].map(() => 0);
  const errors = scaled.map(() => -1);
  const squares = fitted.map((_, k) => scaled.reduce((sum, row) => sum + row[k] ** 2, 0));
  for (let round = 0; round < rounds; round++) {
    for (const [k, square] of squares.entries()) {
      if (square === 0) continue;
      const slope = scaled.reduce((sum, row, i) => sum + row[k] * errors[i], 0);
      const next = Math.max(0, fitted[k] - slope / square);
      for (const [i, row] of scaled.entries()) errors[i] += (next - fitted[k]) * row[k];
      fitted[k] = next;
    }
  }
  return fitted;
}
