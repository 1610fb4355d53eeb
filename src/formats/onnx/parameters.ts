/**
 * A model's parameters as ONNX wants them: operators of recurrent layers have gates in an order of their own, along the
 * first dimension, and two biases.
 */
import type { ModelDescription } from '../../model/description.ts';
import { definitionOf } from '../../model/layers/index.ts';
import { type ParameterSegment, parameterSegments } from '../../model/parameters.ts';
import { layerName } from '../tensors.ts';

export interface OnnxParameter {
  name: string;
  shape: readonly number[];
  /** Of the parameter that it is made of, in the flat vector. */
  length: number;
  /** It consists of so many rows of so many numbers. */
  rows: number;
  rowLength: number;
  /** The rows from `from` to before `to`, out of the numbers of the parameter. */
  numbers(parameter: Float32Array, from: number, to: number): Float32Array;
}

const operands = { kernel: 'W', recurrent: 'R', bias: 'B' } as const;

/** In the order of the flat vector. */
export function onnxParameters(model: ModelDescription): OnnxParameter[] {
  return parameterSegments(model).map((segment) => {
    const layer = model.layers[segment.layer];
    if (layer === undefined) return asItIs(`${layerName(model, segment.layer)}/${segment.name}`, segment);
    const name = `${layerName(model, segment.layer)}/${operands[segment.name]}`;
    const { gates } = definitionOf(layer).onnx;
    return segment.name === 'bias' ? biases(name, segment, gates) : byGate(name, segment, gates);
  });
}

function asItIs(name: string, { shape, length }: ParameterSegment): OnnxParameter {
  const rowLength = shape.at(-1)!;
  return {
    name,
    shape,
    length,
    rows: length / rowLength,
    rowLength,
    numbers: (parameter, from, to) => parameter.slice(from * rowLength, to * rowLength),
  };
}

/** [inputs, gates·H] becomes [1, gates·H, inputs]. */
function byGate(name: string, { shape, length }: ParameterSegment, gates: readonly number[]): OnnxParameter {
  const [inputs, width] = shape;
  return {
    name,
    shape: [1, width, inputs],
    length,
    rows: width,
    rowLength: inputs,
    numbers(parameter, from, to) {
      const columns = Int32Array.from({ length: to - from }, (_, n) => placeIn(gates, width, from + n));
      const numbers = new Float32Array(columns.length * inputs);
      // Row after row of the parameter, which lies there in memory.
      for (let i = 0; i < inputs; i++) {
        for (let n = 0; n < columns.length; n++) numbers[n * inputs + i] = parameter[i * width + columns[n]];
      }
      return numbers;
    },
  };
}

/** [gates·H] becomes [1, 2·gates·H]: the second half is added to the products of the state, and is zero. */
function biases(name: string, { length }: ParameterSegment, gates: readonly number[]): OnnxParameter {
  return {
    name,
    shape: [1, 2 * length],
    length,
    rows: 1,
    rowLength: 2 * length,
    numbers(parameter) {
      const numbers = new Float32Array(2 * length);
      for (let n = 0; n < length; n++) numbers[n] = parameter[placeIn(gates, length, n)];
      return numbers;
    },
  };
}

/** Where in `width` numbers, gate after gate in our order, that one is which is at `place` in the order of ONNX. */
function placeIn(gates: readonly number[], width: number, place: number): number {
  const H = width / gates.length;
  return gates[Math.floor(place / H)] * H + (place % H);
}
