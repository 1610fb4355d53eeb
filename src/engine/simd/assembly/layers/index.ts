/**
 * What each kind of layer does, chosen by its number. A new kind is a file or two beside this one, a case in each
 * function here, and an entry in the engine's `layers.ts`, which has the same numbers.
 *
 * Common to all kinds: tile s = t·tiles + tile holds rows 8·tile .. 8·tile+7 of step t, `joined` [K][8] of each tile is
 * h of step t-1, x of step t and 1, and `backward` [tile][rows][8] has the gradients of h of step t-1 and of x of step t.
 */
import { outerProducts } from '../arithmetic/outer-products';
import { Layer } from '../model';
import * as lstm from './lstm';
import * as lstmRow from './lstm-row';

const enum Kind {
  lstm = 0,
}

/** Plans what a kind needs of its own for batches of `tiles` tiles, and `steps` of them over all time steps. */
export function planBatch(layer: Layer, steps: u64, tiles: u64): void {
  if (layer.kind == Kind.lstm) lstm.planBatch(layer, steps, tiles);
}

/**
 * The `count` tiles from s on, out of the `tiles` of a time step. h goes to this layer's next step and to `above`: the x
 * of the layer above, with the bytes between its tiles.
 */
export function forwardStep(layer: Layer, s: usize, count: i32, tiles: i32, above: usize, aboveStride: usize): void {
  if (layer.kind == Kind.lstm) lstm.forwardStep(layer, s, count, tiles, above, aboveStride);
}

/**
 * Puts the gradients of the gates' sums in place of the gates, and those of h and x into `backward`, for the tiles
 * `first` .. `first`+count-1 of a time step, the first of which is s. `above` has the gradient of this layer's output,
 * [H][8] at the start of each of its tiles.
 */
export function backwardStep(layer: Layer, s: usize, first: i32, count: i32, above: usize, aboveStride: usize): void {
  if (layer.kind == Kind.lstm) lstm.backwardStep(layer, s, first, count, above, aboveStride);
}

/**
 * The weights' gradient of the units `first` .. `end`-1, over `count` tiles of all steps. A kind whose columns do not
 * use all rows of `joined` clears what belongs to no parameter here.
 */
export function sumGradient(layer: Layer, first: i32, end: i32, count: i32, scratch: usize): void {
  outerProducts(layer, first, end, count, scratch);
}

/** Plans what a kind needs of its own to run a single row. */
export function planRow(layer: Layer): void {
  if (layer.kind == Kind.lstm) lstmRow.planRow(layer);
}

/** One step of a single row. h goes to the layer's own next step and to `above`. */
export function stepRow(layer: Layer, above: usize): void {
  if (layer.kind == Kind.lstm) lstmRow.stepRow(layer, above);
}
