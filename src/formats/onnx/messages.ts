/**
 * The messages of an ONNX model that the graph is made of.
 */
import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts';

/** A node is called as its last output is. */
export function node(opType: string, input: string[], output: string[], attribute: AttributeProto[] = []): NodeProto {
  return create(NodeProtoSchema, { name: output.at(-1), opType, input, output, attribute });
}

export function integer(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
}

export function integers(name: string, values: number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) });
}

export function integerTensor(name: string, values: number[]): TensorProto {
  const [dims, int64Data] = [[BigInt(values.length)], values.map(BigInt)];
  return create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.INT64, int64Data });
}

export function floatTensor(name: string, shape: readonly number[], values: Float32Array): TensorProto {
  const [dims, floatData] = [shape.map(BigInt), [...values]];
  return create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.FLOAT, floatData });
}

export function doubleTensor(name: string, shape: readonly number[], values: readonly number[]): TensorProto {
  const [dims, doubleData] = [shape.map(BigInt), [...values]];
  return create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.DOUBLE, doubleData });
}

/** A tensor that the graph takes or gives; dimensions of any size have names. */
export function valueInfo(
  name: string,
  shape: readonly (number | string)[],
  elemType: TensorProto_DataType = TensorProto_DataType.FLOAT,
): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  const tensorType = { elemType, shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } });
}
