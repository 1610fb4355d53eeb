/**
 * An ONNX file in pieces: a protobuf message whose large fields are sent as the parameters are read, so that no more
 * than one of them is in memory.
 */
import { setImmediate } from 'node:timers/promises';
import { create, type DescField, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ModelDescription } from '../../model/description.ts';
import { onnxGraph, opset } from './graph.ts';
import { GraphProtoSchema, ModelProtoSchema, TensorProto_DataType, TensorProtoSchema } from './onnx_pb.ts';
import { type OnnxParameter, onnxParameters } from './parameters.ts';

/** IR version 8 came with opset 17: the oldest that has all that is used here. */
const irVersion = 8n;

/** Numbers of one piece: less than a millisecond of arranging them. */
const pieceNumbers = 2 ** 15;

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
): OnnxFile {
  const graph = toBinary(GraphProtoSchema, onnxGraph(model, initialState));
  const parameters = onnxParameters(model).map(framed);
  const graphBytes = parameters.reduce((sum, { head, bytes }) => sum + head.length + bytes, graph.length);
  const head = Buffer.concat([
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion,
        producerName: 'Lookback',
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
  const bytes = 4 * shape.reduce((product, dimension) => product * dimension, 1);
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

async function* piecesOf({ head, bytes, numbers }: Framed, values: Float32Array): AsyncGenerator<Uint8Array> {
  yield head;
  const length = bytes / 4;
  for (let start = 0; start < length; start += pieceNumbers) {
    const { buffer, byteOffset, byteLength } = numbers(values, start, Math.min(pieceNumbers, length - start));
    yield new Uint8Array(buffer, byteOffset, byteLength);
    // Others get their turn, also where the client takes pieces as fast as they come.
    await setImmediate();
  }
}

/** The vector's parts, one after the other. Reads to its end, so that what is wrong with it is noticed. */
async function* arraysOf(
  weights: AsyncIterable<Uint8Array>,
  parts: readonly { length: number }[],
): AsyncGenerator<Float32Array> {
  let part = 0;
  let bytes = new Uint8Array(4 * parts[part].length);
  let filled = 0;
  for await (const piece of weights) {
    for (let at = 0; at < piece.length && part < parts.length; ) {
      const taken = piece.subarray(at, at + bytes.length - filled);
      bytes.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < bytes.length) continue;
      yield new Float32Array(bytes.buffer);
      bytes = new Uint8Array(4 * (parts[++part]?.length ?? 0));
      filled = 0;
    }
  }
}
