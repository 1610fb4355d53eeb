/**
 * The model that every engine trains: stacked LSTM layers and a softmax layer on each step; its parameters lie in one flat vector, in the order of Keras' `get_weights()`.
 *
 * A layer of the LSTM (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000), for inputs x_t [B,I] and state h, c [B,H]:
 *   z = x_t·kernel + h·recurrent + bias,  split into i, f, g, o (the gate order of Keras and of TensorFlow's BlockLSTMV2)
 *   c = σ(f)·c + σ(i)·tanh(g),  h = σ(o)·tanh(c)
 * The forget-gate bias is part of `bias` (it is only an initial value).
 */
import type { Random } from '../data/random.ts';

export interface ModelShape {
  /** I: numbers in one step of the input. */
  features: number;
  /** H of each LSTM layer, first layer first. */
  units: readonly number[];
  /** C: classes of each step's label. */
  classes: number;
}

/** One tensor of the model and where it lies in the flat parameter vector. */
export interface ParameterSegment {
  name: 'kernel' | 'recurrent' | 'bias';
  /** Layer index: 0 .. L-1 are LSTM layers, L is the softmax layer. */
  layer: number;
  shape: readonly number[];
  offset: number;
  length: number;
}

/**
 * The flat vector's segments, in order: for each LSTM layer kernel [I,4H], recurrent [H,4H], bias [4H]; then the softmax layer's kernel [H,C] and bias [C].
 * All are row-major. A layer's kernel and recurrent kernel are adjacent, so that together they are one [I+H,4H] matrix.
 */
export function parameterSegments(shape: ModelShape): ParameterSegment[] {
  const segments: ParameterSegment[] = [];
  let offset = 0;
  const add = (name: ParameterSegment['name'], layer: number, dims: number[]) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    segments.push({ name, layer, shape: dims, offset, length });
    offset += length;
  };
  let inputs = shape.features;
  for (const [layer, units] of shape.units.entries()) {
    add('kernel', layer, [inputs, 4 * units]);
    add('recurrent', layer, [units, 4 * units]);
    add('bias', layer, [4 * units]);
    inputs = units;
  }
  add('kernel', shape.units.length, [inputs, shape.classes]);
  add('bias', shape.units.length, [shape.classes]);
  return segments;
}

export function parameterCount(shape: ModelShape): number {
  const last = parameterSegments(shape).at(-1)!;
  return last.offset + last.length;
}

/** Length of the carried state of a batch: for each layer h [B,H], then c [B,H]. */
export function stateLength(shape: ModelShape, batchSize: number): number {
  return shape.units.reduce((sum, units) => sum + 2 * batchSize * units, 0);
}

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
