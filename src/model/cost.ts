/**
 * What training and running a model take: floating-point operations and bytes.
 */
import type { ModelShape } from './description.ts';
import { parameterCount } from './parameters.ts';

/** Floating-point operations of one forward pass over `steps` steps in all (a multiply-add counts as two); a training step takes about three times as many. */
export function forwardFlops(shape: ModelShape, steps: number): number {
  let perStep = 0;
  let inputs = shape.features;
  for (const units of shape.units) {
    perStep += 8 * units * (inputs + units);
    inputs = units;
  }
  perStep += 2 * inputs * shape.classes;
  return perStep * steps;
}

/** Rows of a batch that the engine `simd` computes side by side: it fills a batch up to a multiple of them. */
export const tileRows = 8;

/** Rows of a layer's operands that it copies together. */
const copiedRows = 512;

/**
 * Bytes that training takes: weights, their transpose, gradients and optimiser slots; per step, twice, the seven activations of a layer and the logits with their gradient; and working
 * memory for the widest layer. It holds for every engine.
 */
export function trainingBytes(
  shape: ModelShape,
  { batchSize, sequenceLength }: { batchSize: number; sequenceLength: number },
  optimizerSlots: number,
): number {
  const activations = shape.units.reduce((sum, units) => sum + 7 * units, shape.features + 3 * shape.classes);
  const steps = Math.max(tileRows, 2 * batchSize) * sequenceLength;
  const widths = shape.units.map((units, layer) => 5 * units + (shape.units[layer - 1] ?? shape.features) + 1);
  const parameters = parameterCount(shape) * (3 + optimizerSlots);
  return 4 * (parameters + steps * activations + copiedRows * Math.max(...widths));
}
