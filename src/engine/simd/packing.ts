/**
 * The engine's order of the parameters, and the way there from the canonical order of model/parameters.ts and back.
 *
 * Each layer's parameters are one matrix over K = [h (H), x (I), 1] rows, in groups of four columns: [group][K][4]. A group of an LSTM layer is one unit, its columns are that unit's gates; a group
 * of the softmax layer is four classes, the last one filled up with zeros. See assembly/model.ts and docs/engine-simd.md.
 */
import type { ModelShape } from '../../model/description.ts';
import { type ParameterSegment, parameterSegments } from '../../model/parameters.ts';

export function packParameters(shape: ModelShape, canonical: Float32Array, packed: Float32Array): void {
  for (const segment of packedSegments(shape)) {
    const { offset, rows, places, start } = segment;
    for (let row = 0; row < rows; row++) {
      const from = offset + row * places.length;
      const to = start + row * 4;
      for (let column = 0; column < places.length; column++) packed[to + places[column]] = canonical[from + column];
    }
  }
}

export function unpackParameters(shape: ModelShape, packed: Float32Array, canonical: Float32Array): void {
  for (const segment of packedSegments(shape)) {
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

function packedSegments(shape: ModelShape): PackedSegment[] {
  const layers = packedLayers(shape);
  return parameterSegments(shape).map((segment) => {
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

/** Where the gates i, f, g, o stand in a group: those of the logistic function come first. */
const gatePlaces = [0, 1, 3, 2];

function packedLayers({ features, units, classes }: ModelShape) {
  let start = 0;
  const layers = [...units, classes].map((size, layer) => {
    const isSoftmax = layer === units.length;
    const hidden = isSoftmax ? 0 : size;
    const depth = hidden + (units[layer - 1] ?? features) + 1;
    const groups = isSoftmax ? Math.ceil(size / 4) : size;
    // Column j of an LSTM kernel is gate j / H of unit j mod H.
    const places = isSoftmax
      ? Int32Array.from({ length: size }, (_, j) => (j >> 2) * depth * 4 + (j & 3))
      : Int32Array.from({ length: 4 * size }, (_, j) => (j % size) * depth * 4 + gatePlaces[Math.floor(j / size)]);
    const packed = { start, depth, hidden, places };
    start += groups * depth * 4;
    return packed;
  });
  return layers;
}
