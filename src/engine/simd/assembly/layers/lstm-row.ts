/**
 * One LSTM layer over one step of a single row: gates [H][i, f, o, g], cells [H], tanhCells [H], backward [H] (o, then
 * h of this step), all filled up to a multiple of eight.
 */
import { planNumbers } from '../arena';
import { gatesTable, squash, tanhTable } from '../arithmetic/functions';
import { Layer } from '../model';
import { copyNumbers, multiplyNumbers, multiplyVector } from '../arithmetic/row-kernels';

export function planRow(layer: Layer): void {
  const padded = <u64>((layer.units + 7) & ~7);
  layer.gates = planNumbers(padded * 4);
  layer.cells = planNumbers(padded);
  layer.tanhCells = planNumbers(padded);
  layer.backward = planNumbers(padded);
}

/** h goes to the layer's own next step and to `above`. */
export function stepRow(layer: Layer, above: usize): void {
  const gates = layer.gates;
  multiplyVector(layer.weights, layer.groups, layer.depth, layer.joined, gates);
  squash(gatesTable, gates, gates, 1, (layer.units + 1) >> 1, 0);
  updateCells(gates, layer.cells, layer.backward, layer.units);
  squash(tanhTable, layer.cells, layer.tanhCells, 1, (layer.units + 7) >> 3, 0);
  multiplyNumbers(layer.backward, layer.tanhCells, layer.units);
  copyNumbers(layer.backward, layer.joined, layer.units);
  copyNumbers(layer.backward, above, layer.units);
}

/** cells = f·cells + i·g, and o to `outputs`: four units at a time, turned from gates side by side to units side by side. */
function updateCells(gates: usize, cells: usize, outputs: usize, units: i32): void {
  for (let u = 0; u < units; u += 4) {
    const a = v128.load(gates);
    const b = v128.load(gates, 16);
    const c = v128.load(gates, 32);
    const d = v128.load(gates, 48);
    const ifAb = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const ifCd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ogAb = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const ogCd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const i = v128.shuffle<f32>(ifAb, ifCd, 0, 1, 4, 5);
    const f = v128.shuffle<f32>(ifAb, ifCd, 2, 3, 6, 7);
    const g = v128.shuffle<f32>(ogAb, ogCd, 2, 3, 6, 7);
    v128.store(cells, f32x4.add(f32x4.mul(f, v128.load(cells)), f32x4.mul(i, g)));
    v128.store(outputs, v128.shuffle<f32>(ogAb, ogCd, 0, 1, 4, 5));
    gates += 64;
    cells += 16;
    outputs += 16;
  }
}
