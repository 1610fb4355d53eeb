/**
 * Weights of the classes in the loss: as listed, or so that every class of the training split weighs the same.
 */
import type { Dataset } from '../datasets/dataset.ts';
import { unknowable } from '../task.ts';

export type ClassWeights = 'balanced' | readonly number[];

/**
 * Balanced: labelled steps / (classes that occur · steps of the class) (King & Zeng, "Logistic regression in rare
 * events data", Political Analysis 9(2), 2001, section 4.2), so that the mean weight of a labelled step is 1. A class
 * that does not occur has the weight 0.
 */
export function balancedWeights(dataset: Dataset, sequences: ArrayLike<number>): number[] {
  const counts = Array<number>(dataset.sheet.labels.names.length).fill(0);
  for (let s = 0; s < sequences.length; s++) {
    for (let step = dataset.offsets[sequences[s]]; step < dataset.offsets[sequences[s] + 1]; step++) {
      if (dataset.labels[step] !== unknowable) counts[dataset.labels[step]]++;
    }
  }
  const occurring = counts.filter((count) => count > 0);
  const total = occurring.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count > 0 ? total / (occurring.length * count) : 0));
}
