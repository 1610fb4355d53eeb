/**
 * The tensors of a model by the names that all formats give them, `lstm_1/kernel` to `softmax/bias`: those of Keras,
 * behind the name of the layer. Their order and layout are those of the flat parameter vector.
 */
import type { ModelDescription } from '../model/description.ts';
import { definitionOf } from '../model/layers/index.ts';
import { type ParameterSegment, parameterSegments } from '../model/parameters.ts';

export interface NamedTensor extends ParameterSegment {
  /** `lstm_1/recurrent_kernel` */
  fullName: string;
}

/** In the order of the flat vector. */
export function namedTensors(model: ModelDescription): NamedTensor[] {
  return parameterSegments(model).map((segment) => ({
    ...segment,
    fullName: `${layerName(model, segment.layer)}/${weightName(model, segment)}`,
  }));
}

/** Of a layer by its index; that of the head is the number of layers. */
export function layerName({ layers }: ModelDescription, layer: number): string {
  return layer < layers.length ? `${layers[layer].kind}_${layer + 1}` : 'softmax';
}

/** Whether a layer puts out every step: only the last one may keep what it says before the end to itself. */
export function returnsSequences({ layers, head }: ModelDescription, layer: number): boolean {
  return layer < layers.length - 1 || head.at === 'every-step';
}

function weightName({ layers }: ModelDescription, { layer, name }: ParameterSegment): string {
  const isHead = layer === layers.length;
  return isHead ? name : definitionOf(layers[layer]).keras.weights[name];
}
