/**
 * Entropies and divergences in nats, from counts and from distributions: the formulae that the doctor and the report share.
 */

/** Σ n·ln n over counts; 0·ln 0 = 0. */
function sumOfCountLogs(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] > 1) sum += counts[i] * Math.log(counts[i]);
  return sum;
}

/** Entropy of a distribution: -Σ p·ln p. */
export function entropy(distribution: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < distribution.length; i++) {
    if (distribution[i] > 0) sum -= distribution[i] * Math.log(distribution[i]);
  }
  return sum;
}

/**
 * H(Y|X) from the counts n_x of each context and n_xy of each context with a label, with the bias correction of Miller (1955):
 *   Ĥ = (Σ n_x ln n_x − Σ n_xy ln n_xy)/N + Σ_x (m_x − 1)/(2N),   m_x = labels seen in context x.
 * (G. A. Miller, "Note on the bias of information estimates", 1955; for conditional entropies Panzeri & Treves, Network
 * 7:87, 1996, with the labels that were seen for those that could be.) Exact where a context determines its label.
 * `pairCounts` must have no zeros, so that Σ_x m_x is its length.
 * @param classes the correction goes no further than to ln of these: with a handful of labels it is as large as the entropy.
 */
export function conditionalEntropy(
  contextCounts: ArrayLike<number>,
  pairCounts: ArrayLike<number>,
  total: number,
  classes: number,
): number {
  if (total === 0) return 0;
  const plugIn = (sumOfCountLogs(contextCounts) - sumOfCountLogs(pairCounts)) / total;
  const corrected = Math.max(0, plugIn) + (pairCounts.length - contextCounts.length) / (2 * total);
  return Math.min(corrected, Math.log(Math.max(1, classes)));
}

/**
 * Jensen–Shannon divergence of two distributions of `classes` numbers, each at its offset: 0 .. ln 2 (Lin, IEEE Trans.
 * Inf. Theory 37:145, 1991).
 */
export function jensenShannon(p: Float32Array, q: Float32Array, classes: number, pOffset = 0, qOffset = 0): number {
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const a = p[pOffset + c];
    const b = q[qOffset + c];
    const middle = (a + b) / 2;
    if (a > 0) sum += a * Math.log(a / middle);
    if (b > 0) sum += b * Math.log(b / middle);
  }
  return Math.max(0, sum / 2);
}
