/**
 * An ONNX file in pieces: a protobuf message whose large fields are sent as the parameters are read, so that no more
 * than one of them is in memory.
 */

import { setImmediate } from 'node:timers/promises';
import { create, type DescField, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { sizeOf } from '../../model/arrays.ts';
import type { ModelDescription } from '../../model/description.ts';
import { type OnnxVariant, onnxGraph, opset } from './graph.ts';
import { GraphProtoSchema, ModelProtoSchema, TensorProto_DataType, TensorProtoSchema } from './onnx_pb.ts';
import { type OnnxParameter, onnxParameters } from './parameters.ts';

/** IR version 8 came with opset 17: the oldest that has all that is used here. */
const irVersion = 8n;

/** Numbers of one piece, if a row is not more: less than a millisecond of arranging them. */
const pieceNumbers = 2 ** 14;

export interface OnnxFile {
  bytes: number;
  /** @param weights the flat parameter vector, little-endian float32. */
  pieces(weights: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

/** @param metadata text by name, which runtimes pass on to whoever asks. */
export function onnxFile(
  model: ModelDescription,
  initialState: Float32Array | null,
  metadata: Record<string, string>,
  variant: OnnxVariant = { raw: null, takesLengths: false, carriesState: false },
): OnnxFile {
  const graph = toBinary(GraphProtoSchema, onnxGraph(model, initialState, variant));
  const parameters = onnxParameters(model).map(framed);
  const graphBytes = parameters.reduce((sum, { head, bytes }) => sum + head.length + bytes, graph.length);
  const head = Buffer.concat([
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion,
        producerName: 'Lookback',
        docString: `inputs: ${variant.raw ? 'raw' : 'encoded'} steps, as \`encoding\` in the metadata says; probabilities: of each class.`,
        opsetImport: [{ domain: '', version: BigInt(opset) }],
        metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      }),
    ),
    fieldHead(ModelProtoSchema.field.graph, graphBytes),
    graph,
  ]);
  return {
    bytes: head.length + graphBytes - graph.length,
    async *pieces(weights) {
      yield head;
      let n = 0;
      for await (const values of arraysOf(weights, parameters)) yield* piecesOf(parameters[n++], values);
    },
  };
}

/** A parameter, and all of its message but the numbers, which come last. */
interface Framed extends OnnxParameter {
  head: Uint8Array;
  bytes: number;
}

function framed(parameter: OnnxParameter): Framed {
  const { name, shape } = parameter;
  const bytes = 4 * sizeOf(shape);
  const dataType = TensorProto_DataType.FLOAT;
  const tensor = Buffer.concat([
    toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType })),
    fieldHead(TensorProtoSchema.field.rawData, bytes),
  ]);
  const field = fieldHead(GraphProtoSchema.field.initializer, tensor.length + bytes);
  return { ...parameter, head: Buffer.concat([field, tensor]), bytes };
}

/** What stands before the bytes of a field. Of fields that may be repeated, it does not matter where they stand. */
function fieldHead({ number }: DescField, bytes: number): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(bytes).finish();
}

async function* piecesOf(parameter: Framed, values: Float32Array): AsyncGenerator<Uint8Array> {
  const { head, rows, rowLength } = parameter;
  yield head;
  const together = Math.max(1, Math.floor(pieceNumbers / rowLength));
  for (let from = 0; from < rows; from += together) {
    const numbers = parameter.numbers(values, from, Math.min(rows, from + together));
    yield new Uint8Array(numbers.buffer);
    // Others get their turn, also where the client takes pieces as fast as they come.
    await setImmediate();
  }
}

/**
 * The vector's parts, one after the other, each in the place of the one before. Reads to its end, so that what is wrong
 * with it is noticed.
 */
async function* arraysOf(
  weights: AsyncIterable<Uint8Array>,
  parts: readonly { length: number }[],
): AsyncGenerator<Float32Array> {
  const numbers = new Float32Array(Math.max(...parts.map(({ length }) => length)));
  const bytes = new Uint8Array(numbers.buffer);
  let [part, filled] = [0, 0];
  for await (const piece of weights) {
    for (let at = 0; at < piece.length && part < parts.length; ) {
      const { length } = parts[part];
      const taken = piece.subarray(at, at + 4 * length - filled);
      bytes.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < 4 * length) continue;
      yield numbers.subarray(0, length);
      part++;
      filled = 0;
    }
  }
}
