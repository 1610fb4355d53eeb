/**
 * The nodes of a graph that encodes its inputs itself. Numbers are standardised in float64, as Lookback does it, so that
 * a mean that is large beside its deviation costs no digits; a value that is NaN is a missing one. Places become rows of
 * the unit matrix: one that is beyond the last is an error of the runtime.
 */
import { isAsItIs, type RawInputs } from '../graph-inputs.ts';
import { doubleTensor, integer, integerTensor, node, valueInfo } from './messages.ts';
import { type NodeProto, type TensorProto, TensorProto_DataType, type ValueInfoProto } from './onnx_pb.ts';

export interface EncodedInput {
  input: ValueInfoProto;
  nodes: NodeProto[];
  constants: TensorProto[];
  /** What the encoded steps are called, [batch,time,features]. */
  encoded: string;
}

const { FLOAT, DOUBLE, INT64 } = TensorProto_DataType;
const encoded = 'inputs/encoded';

/** @param raw null: they come encoded. */
export function encodedInput(features: number, raw: RawInputs | null): EncodedInput {
  const numbers = valueInfo('inputs', ['batch', 'time', features]);
  if (raw?.kind === 'places') return oneHot(features);
  if (raw === null || (isAsItIs(raw) && raw.missing === null)) {
    return { input: numbers, nodes: [], constants: [], encoded: 'inputs' };
  }
  const { mean, scale, missing } = raw;
  const shape = [features];
  const constants = [doubleTensor('inputs/mean', shape, mean), doubleTensor('inputs/scale', shape, scale)];
  const nodes = [node('Cast', ['inputs'], ['inputs/exact'], [integer('to', DOUBLE)])];
  let values = 'inputs/exact';
  if (missing) {
    constants.push(doubleTensor('inputs/missing', shape, missing));
    nodes.push(
      node('IsNaN', ['inputs'], ['inputs/is_missing']),
      node('Where', ['inputs/is_missing', 'inputs/missing', values], ['inputs/filled']),
    );
    values = 'inputs/filled';
  }
  nodes.push(
    node('Sub', [values, 'inputs/mean'], ['inputs/centered']),
    node('Div', ['inputs/centered', 'inputs/scale'], ['inputs/standardized']),
    node('Cast', ['inputs/standardized'], [encoded], [integer('to', FLOAT)]),
  );
  return { input: numbers, nodes, constants, encoded };
}

/** The unit matrix is made when the model is loaded: as a constant it would have features² numbers. */
function oneHot(features: number): EncodedInput {
  return {
    input: valueInfo('inputs', ['batch', 'time'], INT64),
    constants: [integerTensor('inputs/places', [features, features])],
    nodes: [
      node('ConstantOfShape', ['inputs/places'], ['inputs/zeros']),
      node('EyeLike', ['inputs/zeros'], ['inputs/unit'], [integer('dtype', FLOAT)]),
      node('Gather', ['inputs/unit', 'inputs'], [encoded], [integer('axis', 0)]),
    ],
    encoded,
  };
}
