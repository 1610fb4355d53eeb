/**
 * The weights that a model starts with: drawn parameter after parameter, in the order of the flat vector.
 */
import type { ModelDescription } from './description.ts';
import { parameterCount, parameterSegments } from './parameters.ts';
import type { Random } from './random.ts';

export function initialWeights(model: ModelDescription, random: Random): Float32Array {
  const weights = new Float32Array(parameterCount(model));
  for (const { initial, offset, length } of parameterSegments(model)) {
    initial(weights.subarray(offset, offset + length), random);
  }
  return weights;
}
