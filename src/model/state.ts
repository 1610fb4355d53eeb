/**
 * The state that a model carries from step to step, and how that of a batch lies in one flat vector: vector after
 * vector, layer after layer, [B,width] each.
 */
import type { ModelDescription } from './description.ts';
import { definitionOf, type StateVector } from './layers/index.ts';

export interface StateSegment extends StateVector {
  layer: number;
  /** Which of the layer's vectors it is: 0, 1, … */
  vector: number;
  offset: number;
  length: number;
}

/** Where each state vector of B rows lies. */
export function stateSegments({ layers }: ModelDescription, batchSize: number): StateSegment[] {
  let offset = 0;
  return layers.flatMap((description, layer) =>
    definitionOf(description)
      .state(description)
      .map(({ name, width }, vector) => {
        const segment = { layer, vector, name, width, offset, length: batchSize * width };
        offset += segment.length;
        return segment;
      }),
  );
}

/** Length of the carried state of a batch. */
export function stateLength(model: ModelDescription, batchSize: number): number {
  return stateSegments(model, batchSize).reduce((sum, { length }) => sum + length, 0);
}

/** The state of row 0 out of that of a whole batch. */
export function firstRow(model: ModelDescription, state: Float32Array): Float32Array {
  const batchSize = state.length / stateLength(model, 1);
  const row = stateSegments(model, batchSize).flatMap(({ offset, width }) => [
    ...state.subarray(offset, offset + width),
  ]);
  return Float32Array.from(row);
}
