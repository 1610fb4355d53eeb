/**
 * A model as an ONNX graph, without the numbers of its parameters (onnx.ai/onnx/operators; opset 17). It takes inputs
 * [batch,time,features] and gives probabilities [batch,time,classes], or [batch,classes] where a sequence has one label;
 * batch and time are any. The variants of it take more, and one gives more.
 *
 * The operators of recurrent layers are time-major, and their tensors have a dimension for directions, which is 1 here.
 */
import { create } from '@bufbuild/protobuf';
import type { ModelDescription } from '../../model/description.ts';
import { definitionOf, outputsOf } from '../../model/layers/index.ts';
import { type StateSegment, stateSegments } from '../../model/state.ts';
import type { RawInputs } from '../graph-inputs.ts';
import { layerName, returnsSequences } from '../tensors.ts';
import { encodedInput } from './encoding.ts';
import { floatTensor, integer, integers, integerTensor, node, valueInfo } from './messages.ts';
import {
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
} from './onnx_pb.ts';

export const opset = 17;

export interface OnnxVariant {
  /** How the graph encodes steps that come as they are; null: they come encoded. */
  raw: RawInputs | null;
  /** It takes `lengths` [batch] as well: how many steps of each row count, at least one. */
  takesLengths: boolean;
  /** It takes the state that sequences start from, and gives the state that they end in: vectors [batch,H] of each layer. */
  carriesState: boolean;
}

/** A graph in the making: nodes in the order in which they are computed, and the constants that they take. */
interface Parts {
  model: ModelDescription;
  variant: OnnxVariant;
  nodes: NodeProto[];
  constants: TensorProto[];
  /** Of row 0, where sequences start from a state that is part of the graph. */
  initialState: Float32Array | null;
}

/** @param initialState vectors of one row that sequences start from; null: they start from zero. */
export function onnxGraph(
  model: ModelDescription,
  initialState: Float32Array | null,
  variant: OnnxVariant,
): GraphProto {
  const { classes, at } = model.head;
  const { input, nodes, constants, encoded } = encodedInput(model.input.features, variant.raw);
  const parts: Parts = { model, variant, nodes, constants, initialState: variant.carriesState ? null : initialState };
  if (parts.initialState) addStateShape(parts);
  if (variant.carriesState) constants.push(integerTensor('state/axis', [0]));
  nodes.push(node('Transpose', [encoded], ['inputs/by_time'], [integers('perm', [1, 0, 2])]));
  let below = 'inputs/by_time';
  for (const l of model.layers.keys()) below = addRecurrentLayer(parts, l, below);
  addSoftmax(parts, below);
  const states = variant.carriesState ? stateSegments(model, 1) : [];
  const stateInfo = (nameOf: NameOfState) =>
    states.map((segment) => valueInfo(nameOf(model, segment), ['batch', segment.width]));
  const lengths = variant.takesLengths ? [valueInfo('lengths', ['batch'], TensorProto_DataType.INT32)] : [];
  return create(GraphProtoSchema, {
    name: 'lookback',
    node: nodes,
    initializer: constants,
    input: [input, ...lengths, ...stateInfo(stateBefore)],
    output: [
      valueInfo('probabilities', at === 'end' ? ['batch', classes] : ['batch', 'time', classes]),
      ...stateInfo(stateAfter),
    ],
  });
}

type NameOfState = (model: ModelDescription, segment: StateSegment) => string;

/** `lstm_1_h` */
const stateBefore: NameOfState = (model, { layer, name }) => `${layerName(model, layer)}_${name}`;
/** `next_lstm_1_h` */
const stateAfter: NameOfState = (model, segment) => `next_${stateBefore(model, segment)}`;

/** [1,batch,1], to which the state vectors of one row are expanded. */
function addStateShape({ nodes, constants }: Parts): void {
  constants.push(integerTensor('one', [1]));
  nodes.push(
    node('Shape', ['inputs'], ['batch'], [integer('start', 0), integer('end', 1)]),
    node('Concat', ['one', 'batch', 'one'], ['state/shape'], [integer('axis', 0)]),
  );
}

/** @returns names of the layer's state vectors before its first step, [1,batch,H] each; none: zeros. */
function addStateBefore({ model, variant, nodes, constants, initialState }: Parts, l: number): string[] {
  return segmentsOf(model, l).flatMap((segment) => {
    const { name, width, offset } = segment;
    if (variant.carriesState) {
      const given = stateBefore(model, segment);
      nodes.push(node('Unsqueeze', [given, 'state/axis'], [`${given}/in`]));
      return [`${given}/in`];
    }
    if (!initialState) return [];
    const row = `${layerName(model, l)}/initial_${name}`;
    constants.push(floatTensor(row, [1, 1, width], initialState.subarray(offset, offset + width)));
    nodes.push(node('Expand', [row, 'state/shape'], [`${row}/expanded`]));
    return [`${row}/expanded`];
  });
}

function addStateAfter({ model, nodes }: Parts, l: number, names: readonly string[]): void {
  for (const [n, segment] of segmentsOf(model, l).entries()) {
    nodes.push(node('Squeeze', [names[n], 'state/axis'], [stateAfter(model, segment)]));
  }
}

function segmentsOf(model: ModelDescription, l: number): StateSegment[] {
  return stateSegments(model, 1).filter(({ layer }) => layer === l);
}

/** @returns name of its outputs, [time,batch,H], or [batch,H] of the last step. */
function addRecurrentLayer(parts: Parts, l: number, below: string): string {
  const { model, variant, nodes, constants } = parts;
  const layer = model.layers[l];
  const name = layerName(model, l);
  const states = addStateBefore(parts, l);
  const optional = [variant.takesLengths ? 'lengths' : '', ...states];
  const inputs = [below, `${name}/W`, `${name}/R`, `${name}/B`, ...(optional.some(Boolean) ? optional : [])];
  const hasAllSteps = returnsSequences(model, l);
  // Behind the outputs of all steps come the state vectors after the last one, the first of which is its output.
  const after = variant.carriesState
    ? segmentsOf(model, l).map((segment) => `${name}/Y_${segment.name}`)
    : [`${name}/Y_h`];
  const outputs = hasAllSteps ? [`${name}/Y`, ...(variant.carriesState ? after : [])] : ['', ...after];
  constants.push(integerTensor(`${name}/axis`, [hasAllSteps ? 1 : 0]));
  nodes.push(
    node(definitionOf(layer).onnx.name, inputs, outputs, [integer('hidden_size', outputsOf(layer))]),
    node('Squeeze', [hasAllSteps ? `${name}/Y` : after[0], `${name}/axis`], [`${name}/outputs`]),
  );
  if (variant.carriesState) addStateAfter(parts, l, after);
  return `${name}/outputs`;
}

function addSoftmax({ model, nodes }: Parts, below: string): void {
  const name = layerName(model, model.layers.length);
  const features = model.head.at === 'end' ? below : `${name}/inputs`;
  if (model.head.at === 'every-step') nodes.push(node('Transpose', [below], [features], [integers('perm', [1, 0, 2])]));
  nodes.push(
    node('MatMul', [features, `${name}/kernel`], [`${name}/products`]),
    node('Add', [`${name}/products`, `${name}/bias`], [`${name}/logits`]),
    node('Softmax', [`${name}/logits`], ['probabilities'], [integer('axis', -1)]),
  );
}
