/**
 * The state that a model carries from step to step.
 */
import type { ModelShape } from './description.ts';

/** Length of the carried state of a batch: for each layer h [B,H], then c [B,H]. */
export function stateLength(shape: ModelShape, batchSize: number): number {
  return shape.units.reduce((sum, units) => sum + 2 * batchSize * units, 0);
}
