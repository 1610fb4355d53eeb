/**
 * The engine's order of the parameters, and the way there from the canonical order of model/parameters.ts and back.
 *
 * Each layer's parameters are one matrix over K = [h (H), x (I), 1] rows, in groups of four columns: [group][K][4]. A
 * group of an LSTM layer is one unit, its columns are that unit's gates; a group of the softmax layer is four classes,
 * the last one filled up with zeros. See assembly/model.ts and docs/engine-simd.md.
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

function packedSegments(model: ModelDescription): PackedSegment[] {
  const layers = packedLayers(model);
  return parameterSegments(model).map((segment) => {
    const { start, depth, hidden, places } = layers[segment.layer];
    const rows = segment.name === 'bias' ? 1 : segment.shape[0];
    return { offset: segment.offset, rows, start: start + 4 * firstRow(segment, depth, hidden), places };
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

function packedLayers(model: ModelDescription) {
  const { gatePlaces } = simdLayerOf(model);
  const inputs = inputWidths(model);
  const widths = [...model.layers.map(outputsOf), model.head.classes];
  let start = 0;
  return widths.map((width, layer) => {
    const isSoftmax = layer === model.layers.length;
    const hidden = isSoftmax ? 0 : width;
    const depth = hidden + inputs[layer] + 1;
    const groups = isSoftmax ? Math.ceil(width / 4) : width;
    // Column j of a layer's kernel is gate j / H of unit j mod H.
    const places = isSoftmax
      ? Int32Array.from({ length: width }, (_, j) => (j >> 2) * depth * 4 + (j & 3))
      : Int32Array.from(
          { length: gatePlaces.length * width },
          (_, j) => (j % width) * depth * 4 + gatePlaces[Math.floor(j / width)],
        );
    const packed = { start, depth, hidden, places };
    start += groups * depth * 4;
    return packed;
  });
}
