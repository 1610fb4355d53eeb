/**
 * Where each tensor of a model lies in the one flat vector of its parameters.
 */
import type { ModelShape } from './description.ts';

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
