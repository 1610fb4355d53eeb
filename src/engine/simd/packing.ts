/**
 * The engine's order of the parameters, and the way there from the canonical order of model/parameters.ts and back.
 *
 * Each layer's parameters are one matrix over K = [h (H), x (I), 1] rows, in groups of four columns: [group][K][4]. A
 * group of a layer is one unit, its columns are what `layers.ts` says of the kind; a group of the softmax layer is four
 * classes, the last one filled up with zeros. What no parameter stands for is zero. See assembly/model.ts and docs/engine-simd.md.
 */

import { inputWidths, type ModelDescription } from '../../model/description.ts';
import { outputsOf } from '../../model/layers/index.ts';
import { type ParameterSegment, parameterSegments } from '../../model/parameters.ts';
import { simdLayerOf } from './layers.ts';

export function packParameters(model: ModelDescription, canonical: Float32Array, packed: Float32Array): void {
  for (const segment of packedSegments(model)) {
    const { offset, rows, places, start } = segment;
    for (let row = 0; row < rows; row++) {
      const from = offset + row * places.length;
      const to = start + row * 4;
      for (let column = 0; column < places.length; column++) packed[to + places[column]] = canonical[from + column];
    }
  }
}

export function unpackParameters(model: ModelDescription, packed: Float32Array, canonical: Float32Array): void {
  for (const segment of packedSegments(model)) {
    const { offset, rows, places, start } = segment;
    for (let row = 0; row < rows; row++) {
      const from = start + row * 4;
      const to = offset + row * places.length;
      for (let column = 0; column < places.length; column++) canonical[to + column] = packed[from + places[column]];
    }
  }
}

interface PackedSegment {
  /** Where the segment starts in the canonical vector, and how many rows it has. */
  offset: number;
  rows: number;
  /** Where its first row starts in the packed vector; rows follow every four numbers. */
  start: number;
  /** Where each column lies from there. */
  places: Int32Array;
}

interface PackedLayer {
  /** Where its first group starts in the packed vector. */
  start: number;
  /** K */
  depth: number;
  /** H: rows of h; 0 of the softmax layer. */
  hidden: number;
  /** Where each column of a parameter lies, from the parameter's first row. */
  placesOf(parameter: ParameterSegment): Int32Array;
}

function packedSegments(model: ModelDescription): PackedSegment[] {
  const layers = packedLayers(model, inputWidths(model));
  return parameterSegments(model).map((segment) => {
    const { start, depth, hidden, placesOf } = layers[segment.layer];
    const rows = segment.name === 'bias' ? 1 : segment.shape[0];
    const first = start + 4 * firstRow(segment, depth, hidden);
    return { offset: segment.offset, rows, start: first, places: placesOf(segment) };
  });
}

/** The row of K at which a segment starts. */
function firstRow({ name }: ParameterSegment, depth: number, hidden: number): number {
  switch (name) {
    case 'recurrent':
      return 0;
    case 'kernel':
      return hidden;
    case 'bias':
      return depth - 1;
  }
}

function packedLayers({ layers, head }: ModelDescription, inputs: readonly number[]): PackedLayer[] {
  let start = 0;
  const placed = (hidden: number, width: number, groups: number, placesOf: PackedLayer['placesOf']) => {
    const layer = { start, depth: hidden + width + 1, hidden, placesOf };
    start += groups * layer.depth * 4;
    return layer;
  };
  const ofLayers = layers.map((layer, l) => {
    const H = outputsOf(layer);
    const depth = H + inputs[l] + 1;
    const { places } = simdLayerOf(layer);
    // Column j of a parameter belongs to unit j mod H.
    return placed(H, inputs[l], H, ({ name }) =>
      Int32Array.from(
        { length: places[name].length * H },
        (_, j) => (j % H) * depth * 4 + places[name][Math.floor(j / H)],
      ),
    );
  });
  const { classes: C } = head;
  const I = inputs[layers.length];
  const ofClasses = Int32Array.from({ length: C }, (_, j) => (j >> 2) * (I + 1) * 4 + (j & 3));
  return [...ofLayers, placed(0, I, Math.ceil(C / 4), () => ofClasses)];
}
