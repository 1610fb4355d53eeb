/**
 * What class weights do to probabilities, and how it is taken back: a model that was trained with weight w_c on class c
 * gives it p_c ∝ w_c · P(c | inputs), as if the class were so much more frequent (Elkan, "The foundations of cost-sensitive
 * learning", IJCAI 2001, theorem 2).
 */
import type { Predict } from './scores.ts';

/** Whether weights change the ratio of any two classes. */
export function tilts(weights: readonly number[] | undefined): weights is readonly number[] {
  return weights !== undefined && new Set(weights.filter((weight) => weight > 0)).size > 1;
}

/** Probabilities [T,C] divided by the weights of their classes, and normalised. A class without weight is left as it is. */
export function untilted(predict: Predict, weights: readonly number[]): Predict {
  const classes = weights.length;
  return (inputs, sequenceLength) => {
    const probabilities = predict(inputs, sequenceLength).slice();
    for (let from = 0; from < probabilities.length; from += classes) {
      let total = 0;
      for (let c = 0; c < classes; c++) {
        if (weights[c] > 0) probabilities[from + c] /= weights[c];
        total += probabilities[from + c];
      }
      for (let c = 0; c < classes; c++) probabilities[from + c] /= total;
    }
    return probabilities;
  };
}
