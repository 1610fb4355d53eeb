/**
 * Where each tensor of a model lies in the one flat vector of its parameters.
 */
import { sizeOf } from './arrays.ts';
import { inputWidths, type ModelDescription } from './description.ts';
import { headParameters } from './head.ts';
import { definitionOf, type Parameter } from './layers/index.ts';

/** One tensor of the model and where it lies in the flat parameter vector. */
export interface ParameterSegment extends Parameter {
  /** Layer index, 0 .. L-1; L is the head. */
  layer: number;
  offset: number;
  length: number;
}

/** The flat vector's segments, in order: those of each layer, then the head's. */
export function parameterSegments(model: ModelDescription): ParameterSegment[] {
  const { layers, head } = model;
  const widths = inputWidths(model);
  const parameters = [
    ...layers.map((layer, l) => definitionOf(layer).parameters(layer, widths[l])),
    headParameters(head, widths[layers.length]),
  ];
  let offset = 0;
  return parameters.flatMap((ofLayer, layer) =>
    ofLayer.map((parameter) => {
      const length = sizeOf(parameter.shape);
      const segment = { ...parameter, layer, offset, length };
      offset += length;
      return segment;
    }),
  );
}

export function parameterCount(model: ModelDescription): number {
  const last = parameterSegments(model).at(-1)!;
  return last.offset + last.length;
}
