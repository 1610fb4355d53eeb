/**
 * The weights that a model starts with.
 */
import type { ModelShape } from './description.ts';
import { parameterCount, parameterSegments } from './parameters.ts';
import type { Random } from './random.ts';

/**
 * Fresh weights, as the question's program had them under TensorFlow r0.10: LSTM kernels uniform over ±sqrt(3 / fan-in) with fan-in I+H (its default
 * "uniform unit scaling"), biases zero but for the forget gate's, softmax kernel and bias truncated normal.
 */
export function initialWeights(shape: ModelShape, forgetBias: number, random: Random): Float32Array {
  const weights = new Float32Array(parameterCount(shape));
  let inputs = shape.features;
  for (const { name, layer, offset, length } of parameterSegments(shape)) {
    const units = shape.units[layer];
    const isSoftmax = units === undefined;
    if (isSoftmax) {
      for (let i = 0; i < length; i++) weights[offset + i] = random.truncatedNormal();
    } else if (name === 'bias') {
      weights.fill(forgetBias, offset + units, offset + 2 * units);
      inputs = units;
    } else {
      const bound = Math.sqrt(3 / (inputs + units));
      for (let i = 0; i < length; i++) weights[offset + i] = (2 * random.uniform() - 1) * bound;
    }
  }
  return weights;
}
