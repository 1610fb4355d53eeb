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
  /** Its numbers from `start` on, `count` of them, out of those of the parameter. */
  numbers(parameter: Float32Array, start: number, count: number): Float32Array;
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
  return { name, shape, length, numbers: (parameter, start, count) => parameter.subarray(start, start + count) };
}

/** [rows, gates·H] becomes [1, gates·H, rows]. */
function byGate(name: string, { shape, length }: ParameterSegment, gates: readonly number[]): OnnxParameter {
  const [rows, columns] = shape;
  const H = columns / gates.length;
  const columnOf = (row: number) => gates[Math.floor(row / H)] * H + (row % H);
  return {
    name,
    shape: [1, columns, rows],
    length,
    numbers(parameter, start, count) {
      const numbers = new Float32Array(count);
      for (let n = 0; n < count; n++) {
        const at = start + n;
        numbers[n] = parameter[(at % rows) * columns + columnOf(Math.floor(at / rows))];
      }
      return numbers;
    },
  };
}

/** [gates·H] becomes [1, 2·gates·H]: the second half is added to the products of the state, and is zero. */
function biases(name: string, { length }: ParameterSegment, gates: readonly number[]): OnnxParameter {
  const H = length / gates.length;
  return {
    name,
    shape: [1, 2 * length],
    length,
    numbers(parameter, start, count) {
      const numbers = new Float32Array(count);
      for (let n = 0; n < count; n++) {
        const at = start + n;
        if (at < length) numbers[n] = parameter[gates[Math.floor(at / H)] * H + (at % H)];
      }
      return numbers;
    },
  };
}
