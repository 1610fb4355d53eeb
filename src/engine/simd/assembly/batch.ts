/**
 * A batch on its way into tiles: where the caller writes it, and how it is spread over them.
 */
import { planNumbers } from './arena';
import { layerAt } from './model';

/** A batch as the caller gives it: inputs [T,B,I], labels and mask [T,B], starts [B]. */
export let inputs: usize = 0;
export let labels: usize = 0;
export let mask: usize = 0;
export let starts: usize = 0;

/** Labels and mask as [s][8]; of the rows that a batch does not have, the mask is 0. */
export let tileLabels: usize = 0;
export let tileMask: usize = 0;
/** [tile][8], all bits set where a row keeps its carried state. */
export let keeps: usize = 0;

/** For batches of up to B rows and T steps. */
export function planBatch(B: i32, T: i32): void {
  const tiles = <u64>((B + 7) >> 3);
  const steps = <u64>T * tiles;
  inputs = planNumbers(<u64>T * <u64>B * <u64>layerAt(0).inputs);
  labels = planNumbers(<u64>T * <u64>B);
  mask = planNumbers(<u64>T * <u64>B);
  starts = planNumbers(tiles * 2);
  tileLabels = planNumbers(steps * 8);
  tileMask = planNumbers(steps * 8);
  keeps = planNumbers(tiles * 8);
}

/** Spreads inputs [T,B,I] over the x rows of the first layer, with zeros for the rows that fill up the last tile. */
export function packInputs(B: i32, T: i32, tiles: i32): void {
  const layer = layerAt(0);
  const stride = (<usize>layer.depth) << 5;
  let from = inputs;
  let to = layer.joined + ((<usize>layer.units) << 5);
  for (let t = 0; t < T; t++) {
    for (let row = 0; row < tiles << 3; row++) {
      let x = to + <usize>(row >> 3) * stride + ((<usize>(row & 7)) << 2);
      for (let i = 0; i < layer.inputs; i++) {
        store<f32>(x, row < B ? load<f32>(from) : 0);
        if (row < B) from += 4;
        x += 32;
      }
    }
    to += <usize>tiles * stride;
  }
}

/** Lays labels and mask [T,B] out as [s][8], and returns Σ mask. */
export function packLabels(B: i32, T: i32, tiles: i32): f64 {
  let sum: f64 = 0;
  let from: usize = 0;
  let to: usize = 0;
  for (let t = 0; t < T; t++) {
    for (let row = 0; row < tiles << 3; row++) {
      const weight: f32 = row < B ? load<f32>(mask + from) : 0;
      store<f32>(tileMask + to, weight);
      store<i32>(tileLabels + to, row < B ? load<i32>(labels + from) : 0);
      sum += <f64>weight;
      if (row < B) from += 4;
      to += 4;
    }
  }
  return sum;
}

export function packStarts(B: i32, tiles: i32): void {
  for (let row = 0; row < tiles << 3; row++) {
    store<i32>(keeps + ((<usize>row) << 2), row < B && !load<u8>(starts + row) ? -1 : 0);
  }
}
