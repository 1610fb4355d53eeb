/**
 * Runs the ONNX graphs that are made here, operator after operator as their specification reads
 * (onnx.ai/onnx/operators, opset 17), in float64.
 */
import { fromBinary } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
} from '../../src/formats/onnx/onnx_pb.ts';

export interface Tensor {
  shape: number[];
  data: number[];
}

/** @returns the outputs of the graph, by name. */
export function runOnnx(file: Uint8Array, inputs: Record<string, Tensor>): Record<string, Tensor> {
  const { graph } = fromBinary(ModelProtoSchema, file);
  if (!graph) throw new Error('There is no graph.');
  const values = new Map<string, Tensor>(Object.entries(inputs));
  for (const tensor of graph.initializer) values.set(tensor.name, decoded(tensor));
  for (const node of graph.node) {
    const outputs = operators[node.opType](
      node.input.map((name) => values.get(name)),
      attributesOf(node),
    );
    for (const [n, name] of node.output.entries()) if (name !== '') values.set(name, outputs[n]);
  }
  return Object.fromEntries(graph.output.map(({ name }) => [name, values.get(name)!]));
}

function decoded({ dims, rawData, floatData, doubleData, int64Data }: TensorProto): Tensor {
  const shape = dims.map(Number);
  const raw = new Float32Array(Uint8Array.from(rawData).buffer);
  const data = [...raw, ...floatData, ...doubleData, ...int64Data.map(Number)];
  if (data.length !== sizeOf(shape)) throw new Error(`A tensor of ${shape} has ${data.length} numbers.`);
  return { shape, data };
}

type Attributes = Record<string, number | number[]>;

function attributesOf({ attribute }: NodeProto): Attributes {
  return Object.fromEntries(
    attribute.map(({ name, i, ints }) => [name, ints.length > 0 ? ints.map(Number) : Number(i)]),
  );
}

type Operator = (inputs: (Tensor | undefined)[], attributes: Attributes) => Tensor[];

const operators: Record<string, Operator> = {
  Transpose([x], { perm }) {
    const order = perm as number[];
    const shape = order.map((axis) => x!.shape[axis]);
    return [
      made(shape, (at) =>
        valueAt(
          x!,
          order.map((_, axis) => at[order.indexOf(axis)]),
        ),
      ),
    ];
  },
  Cast([x], { to }) {
    return [{ shape: x!.shape, data: to === TensorProto_DataType.FLOAT ? x!.data.map(Math.fround) : x!.data }];
  },
  IsNaN([x]) {
    return [{ shape: x!.shape, data: x!.data.map((value) => Number(Number.isNaN(value))) }];
  },
  Where([condition, x, y]) {
    return [made(condition!.shape, (at) => valueAt(...inLastAxes(valueAt(condition!, at) ? x! : y!, at)))];
  },
  Sub([x, y]) {
    return [made(x!.shape, (at) => valueAt(x!, at) - valueAt(...inLastAxes(y!, at)))];
  },
  Div([x, y]) {
    return [made(x!.shape, (at) => valueAt(x!, at) / valueAt(...inLastAxes(y!, at)))];
  },
  ConstantOfShape([shape]) {
    return [made(shape!.data, () => 0)];
  },
  EyeLike([x]) {
    return [made(x!.shape, ([row, column]) => Number(row === column))];
  },
  Gather([x, places]) {
    const [rows, width] = x!.shape;
    if (places!.data.some((place) => place >= rows)) throw new Error('A place is out of bounds.');
    return [made([...places!.shape, width], (at) => valueAt(x!, [valueAt(places!, at.slice(0, -1)), at.at(-1)!]))];
  },
  Unsqueeze([x, axes]) {
    if (axes!.data.join() !== '0') throw new Error('Unsqueeze is known along the first axis.');
    return [{ shape: [1, ...x!.shape], data: x!.data }];
  },
  Squeeze([x, axes]) {
    return [{ shape: x!.shape.filter((_, axis) => !axes!.data.includes(axis)), data: x!.data }];
  },
  Shape([x], { start, end }) {
    const sizes = x!.shape.slice(start as number, end as number);
    return [{ shape: [sizes.length], data: sizes }];
  },
  Concat(inputs) {
    const data = inputs.flatMap((input) => input!.data);
    return [{ shape: [data.length], data }];
  },
  Expand([x, to]) {
    return [
      made(
        to!.data.map((size, axis) => Math.max(size, x!.shape[axis])),
        (at) => valueAt(x!, at),
      ),
    ];
  },
  MatMul([x, y]) {
    const [rows, columns] = y!.shape;
    return [
      made([...x!.shape.slice(0, -1), columns], (at) => {
        const [before, column] = [at.slice(0, -1), at.at(-1)!];
        return sum(rows, (k) => valueAt(x!, [...before, k]) * valueAt(y!, [k, column]));
      }),
    ];
  },
  Add([x, y]) {
    return [made(x!.shape, (at) => valueAt(x!, at) + valueAt(...inLastAxes(y!, at)))];
  },
  Softmax([x], { axis }) {
    if (axis !== -1) throw new Error('Softmax is known along the last axis.');
    const size = x!.shape.at(-1)!;
    const powers = made(x!.shape, (at) => Math.exp(valueAt(x!, at)));
    return [made(x!.shape, (at) => valueAt(powers, at) / sum(size, (c) => valueAt(powers, [...at.slice(0, -1), c])))];
  },
  // LSTM-14: Y [T,1,B,H], Y_h and Y_c [1,B,H]; W [1,4H,I] and R [1,4H,H] with gates i, o, f, c; B [1,8H].
  LSTM([x, w, r, b, lengths, initialH, initialC], { hidden_size }) {
    const [T, B, I] = x!.shape;
    const H = hidden_size as number;
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    const start = { shape: [1, B, H], data: Array<number>(B * H).fill(0) };
    let h = initialH ?? start;
    let c = initialC ?? start;
    const steps: number[][] = [];
    for (let t = 0; t < T; t++) {
      const gate = (g: number, n: number, u: number) =>
        sum(I, (i) => valueAt(x!, [t, n, i]) * valueAt(w!, [0, g * H + u, i])) +
        sum(H, (k) => valueAt(h, [0, n, k]) * valueAt(r!, [0, g * H + u, k])) +
        valueAt(b!, [0, g * H + u]) +
        valueAt(b!, [0, (4 + g) * H + u]);
      const isOver = (n: number) => lengths !== undefined && t >= lengths.data[n];
      const next = made([1, B, H], ([, n, u]) => {
        if (isOver(n)) return valueAt(c, [0, n, u]);
        const [i, f, candidate] = [sigmoid(gate(0, n, u)), sigmoid(gate(2, n, u)), Math.tanh(gate(3, n, u))];
        return f * valueAt(c, [0, n, u]) + i * candidate;
      });
      const before = h;
      h = made([1, B, H], ([, n, u]) =>
        isOver(n) ? valueAt(before, [0, n, u]) : sigmoid(gate(1, n, u)) * Math.tanh(valueAt(next, [0, n, u])),
      );
      c = next;
      // What is put out beyond the end of a row is zero; its state stays.
      steps.push(h.data.map((value, place) => (isOver(Math.floor(place / H)) ? 0 : value)));
    }
    return [{ shape: [T, 1, B, H], data: steps.flat() }, h, c];
  },
};

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sum(count: number, term: (n: number) => number): number {
  let total = 0;
  for (let n = 0; n < count; n++) total += term(n);
  return total;
}

/** An operand that has fewer axes takes part along the last ones. */
function inLastAxes(operand: Tensor, at: readonly number[]): [Tensor, readonly number[]] {
  return [operand, at.slice(at.length - operand.shape.length)];
}

/** Dimensions of size 1 are the same at every place. */
function valueAt({ shape, data }: Tensor, at: readonly number[]): number {
  return data[shape.reduce((place, size, axis) => place * size + (size === 1 ? 0 : at[axis]), 0)];
}

function made(shape: number[], value: (at: number[]) => number): Tensor {
  const data = Array.from({ length: sizeOf(shape) }, (_, place) => {
    const at = Array<number>(shape.length);
    let rest = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return value(at);
  });
  return { shape, data };
}
