/**
 * A model as an ONNX graph, without the numbers of its parameters (onnx.ai/onnx/operators; opset 17). It takes encoded
 * inputs [batch,time,features] and gives probabilities [batch,time,classes], or [batch,classes] where a sequence has one
 * label; batch and time are any.
 *
 * The operators of recurrent layers are time-major, and their tensors have a dimension for directions, which is 1 here.
 */
import { create } from '@bufbuild/protobuf';
import type { ModelDescription } from '../../model/description.ts';
import { definitionOf, outputsOf } from '../../model/layers/index.ts';
import { stateSegments } from '../../model/state.ts';
import { layerName, returnsSequences } from '../tensors.ts';
import { floatTensor, integer, integers, integerTensor, node, valueInfo } from './messages.ts';
import { type GraphProto, GraphProtoSchema, type NodeProto, type TensorProto } from './onnx_pb.ts';

export const opset = 17;

/** A graph in the making: nodes in the order in which they are computed, and the constants that they take. */
interface Parts {
  nodes: NodeProto[];
  constants: TensorProto[];
}

/** @param initialState vectors of one row that sequences start from; null: they start from zero. */
export function onnxGraph(model: ModelDescription, initialState: Float32Array | null): GraphProto {
  const { classes, at } = model.head;
  const parts: Parts = { nodes: [], constants: [] };
  if (initialState) addStateShape(parts);
  parts.nodes.push(node('Transpose', ['inputs'], ['inputs/by_time'], [integers('perm', [1, 0, 2])]));
  let below = 'inputs/by_time';
  for (const l of model.layers.keys()) {
    const states = initialState ? addInitialState(parts, model, l, initialState) : [];
    below = addRecurrentLayer(parts, model, l, below, states);
  }
  addSoftmax(parts, model, below);
  return create(GraphProtoSchema, {
    name: 'lookback',
    node: parts.nodes,
    initializer: parts.constants,
    input: [valueInfo('inputs', ['batch', 'time', model.input.features])],
    output: [valueInfo('probabilities', at === 'end' ? ['batch', classes] : ['batch', 'time', classes])],
  });
}

/** [1,batch,1], to which the state vectors of one row are expanded. */
function addStateShape({ nodes, constants }: Parts): void {
  constants.push(integerTensor('one', [1]));
  nodes.push(
    node('Shape', ['inputs'], ['batch'], [integer('start', 0), integer('end', 1)]),
    node('Concat', ['one', 'batch', 'one'], ['state/shape'], [integer('axis', 0)]),
  );
}

/** @returns names of the layer's state vectors, [1,batch,H] each. */
function addInitialState(
  { nodes, constants }: Parts,
  model: ModelDescription,
  l: number,
  state: Float32Array,
): string[] {
  const segments = stateSegments(model, 1).filter(({ layer }) => layer === l);
  return segments.map(({ name, width, offset }) => {
    const row = `${layerName(model, l)}/initial_${name}`;
    constants.push(floatTensor(row, [1, 1, width], state.subarray(offset, offset + width)));
    nodes.push(node('Expand', [row, 'state/shape'], [`${row}/expanded`]));
    return `${row}/expanded`;
  });
}

/** @returns name of its outputs, [time,batch,H], or [batch,H] of the last step. */
function addRecurrentLayer(
  { nodes, constants }: Parts,
  model: ModelDescription,
  l: number,
  below: string,
  states: string[],
): string {
  const layer = model.layers[l];
  const name = layerName(model, l);
  // Lengths of the sequences would stand between the parameters and the state.
  const inputs = [below, `${name}/W`, `${name}/R`, `${name}/B`, ...(states.length > 0 ? ['', ...states] : [])];
  const [outputs, axis] = returnsSequences(model, l) ? [[`${name}/Y`], 1] : [['', `${name}/Y_h`], 0];
  constants.push(integerTensor(`${name}/axis`, [axis]));
  nodes.push(
    node(definitionOf(layer).onnx.name, inputs, outputs, [integer('hidden_size', outputsOf(layer))]),
    node('Squeeze', [outputs.at(-1)!, `${name}/axis`], [`${name}/outputs`]),
  );
  return `${name}/outputs`;
}

function addSoftmax({ nodes }: Parts, model: ModelDescription, below: string): void {
  const name = layerName(model, model.layers.length);
  const features = model.head.at === 'end' ? below : `${name}/inputs`;
  if (model.head.at === 'every-step') nodes.push(node('Transpose', [below], [features], [integers('perm', [1, 0, 2])]));
  nodes.push(
    node('MatMul', [features, `${name}/kernel`], [`${name}/products`]),
    node('Add', [`${name}/products`, `${name}/bias`], [`${name}/logits`]),
    node('Softmax', [`${name}/logits`], ['probabilities'], [integer('axis', -1)]),
  );
}
