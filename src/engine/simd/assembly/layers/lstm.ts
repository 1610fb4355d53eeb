/**
 * One LSTM layer over one time step of all tiles, its forward pass beside its backward pass: the formulae of model/layers/lstm.ts.
 *
 * Tile s = t·tiles + tile holds rows 8·tile .. 8·tile+7 of step t. For each s the layer keeps
 *   joined [K][8]   h of step t-1, x of step t, 1
 *   gates [H][4][8] i, f, o, g; after the backward pass the gradients of their sums z
 *   cells [H][8]    c of step t-1, so that step t's lies at s + tiles
 *   tanhCells [H][8]
 * and for the present step of the backward pass
 *   backward [tile][rows][8]        gradients of h of step t-1 and of x of step t
 *   cellGradients [tile][H][8]      of c of step t-1
 */
import { planNumbers } from '../arena';
import { sigmoidTable, squash, tanhTable } from '../arithmetic/functions';
import { multiplyTiles } from '../arithmetic/kernels';
import { backwardStride, Layer } from '../model';

/** For batches of `tiles` tiles, and `steps` of them over all time steps. */
export function planBatch(layer: Layer, steps: u64, tiles: u64): void {
  const H = <u64>layer.units;
  layer.cells = planNumbers((steps + tiles) * H * 8);
  layer.tanhCells = planNumbers(steps * H * 8);
  layer.cellGradients = planNumbers(tiles * H * 8);
  layer.carriedCells = planNumbers(tiles * H * 8);
}

/**
 * z = W·[h, x, 1]; c = σ(f)·c + σ(i)·tanh(g); h = σ(o)·tanh(c), which goes to this layer's next step and to `above`:
 * the x of the layer above, with the bytes between its tiles. For `count` tiles from s on, out of the `tiles` of a time
 * step.
 */
export function forwardStep(layer: Layer, s: usize, count: i32, tiles: i32, above: usize, aboveStride: usize): void {
  const H = <usize>layer.units;
  const joinedStride = (<usize>layer.depth) << 5;
  const joined = layer.joined + s * joinedStride;
  const gates = layer.gates + s * (H << 7);
  const cells = layer.cells + s * (H << 5);
  const tanhCells = layer.tanhCells + s * (H << 5);
  const nextCells = cells + <usize>tiles * (H << 5);
  multiplyTiles(
    layer.weights,
    (<usize>layer.depth) << 4,
    layer.units << 2,
    layer.depth,
    joined,
    joinedStride,
    gates,
    H << 7,
    count,
  );
  squash(sigmoidTable, gates, gates, layer.units * count, 3, 128);
  squash(tanhTable, gates + 96, gates + 96, layer.units * count, 1, 128);
  updateCells(gates, cells, nextCells, layer.units * count);
  squash(tanhTable, nextCells, tanhCells, 1, layer.units * count, 0);
  for (let tile: usize = 0; tile < <usize>count; tile++) {
    const nextJoined = joined + (<usize>tiles + tile) * joinedStride;
    storeHidden(
      gates + tile * (H << 7),
      tanhCells + tile * (H << 5),
      layer.units,
      nextJoined,
      above + tile * aboveStride,
    );
  }
}

/** next = f·cells + i·g, over `count` units of eight rows. */
function updateCells(gates: usize, cells: usize, next: usize, count: i32): void {
  for (let n = 0; n < count; n++) {
    for (let half: usize = 0; half < 32; half += 16) {
      const i = v128.load(gates + half);
      const f = v128.load(gates + half, 32);
      const g = v128.load(gates + half, 96);
      const c = v128.load(cells + half);
      v128.store(next + half, f32x4.add(f32x4.mul(f, c), f32x4.mul(i, g)));
    }
    gates += 128;
    cells += 32;
    next += 32;
  }
}

/** h = o·tanh(c), to two places. */
function storeHidden(gates: usize, tanhCells: usize, units: i32, own: usize, above: usize): void {
  for (let u = 0; u < units; u++) {
    const h0 = f32x4.mul(v128.load(gates, 64), v128.load(tanhCells));
    const h1 = f32x4.mul(v128.load(gates, 80), v128.load(tanhCells, 16));
    v128.store(own, h0);
    v128.store(own, h1, 16);
    v128.store(above, h0);
    v128.store(above, h1, 16);
    gates += 128;
    tanhCells += 32;
    own += 32;
    above += 32;
  }
}

/**
 * Puts the gradients of z in place of the gates, and those of h and x into `backward`, for the tiles `first` ..
 * `first`+count-1 of a time step, the first of which is s. `above` has the gradient of this layer's output, [H][8] at
 * the start of each of its tiles.
 */
export function backwardStep(layer: Layer, s: usize, first: i32, count: i32, above: usize, aboveStride: usize): void {
  const H = <usize>layer.units;
  const gates = layer.gates + s * (H << 7);
  const cells = layer.cells + s * (H << 5);
  const tanhCells = layer.tanhCells + s * (H << 5);
  const stride = backwardStride(layer);
  const backward = layer.backward + <usize>first * stride;
  const cellGradients = layer.cellGradients + <usize>first * (H << 5);
  for (let tile: usize = 0; tile < <usize>count; tile++) {
    gateGradients(
      gates + tile * (H << 7),
      cells + tile * (H << 5),
      tanhCells + tile * (H << 5),
      above + tile * aboveStride,
      backward + tile * stride,
      cellGradients + tile * (H << 5),
      layer.units,
    );
  }
  multiplyTiles(
    layer.transposed,
    H << 6,
    layer.backRows,
    layer.units << 2,
    gates,
    H << 7,
    backward,
    stride,
    count,
  );
}

/**
 * With dh = that from above + that from the next step, and dc from the next step:
 *   dc += dh·o·(1 - tanh²c);  dz_i = dc·g·i·(1-i);  dz_f = dc·c_{t-1}·f·(1-f);  dz_g = dc·i·(1-g²);
 *   dz_o = dh·tanh(c)·o·(1-o);  dc of the step before = dc·f
 */
function gateGradients(
  gates: usize,
  cells: usize,
  tanhCells: usize,
  above: usize,
  next: usize,
  cellGradients: usize,
  units: i32,
): void {
  const one = f32x4.splat(1);
  for (let vector = 0; vector < units * 2; vector++) {
    const i = v128.load(gates);
    const f = v128.load(gates, 32);
    const o = v128.load(gates, 64);
    const g = v128.load(gates, 96);
    const tanh = v128.load(tanhCells);
    const dh = f32x4.add(v128.load(above), v128.load(next));
    const dhTanh = f32x4.mul(dh, tanh);
    const dc = f32x4.add(v128.load(cellGradients), f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(tanh, tanh))));
    const dcI = f32x4.mul(dc, i);
    const dcF = f32x4.mul(dc, f);
    v128.store(gates, f32x4.mul(f32x4.mul(dcI, g), f32x4.sub(one, i)));
    v128.store(gates, f32x4.mul(f32x4.mul(dcF, v128.load(cells)), f32x4.sub(one, f)), 32);
    v128.store(gates, f32x4.mul(dcI, f32x4.sub(one, f32x4.mul(g, g))), 96);
    v128.store(gates, f32x4.mul(f32x4.mul(dhTanh, o), f32x4.sub(one, o)), 64);
    v128.store(cellGradients, dcF);
    // From the first half of a unit's rows to the second, and on to the next unit.
    gates += vector & 1 ? 112 : 16;
    cells += 16;
    tanhCells += 16;
    above += 16;
    next += 16;
    cellGradients += 16;
  }
}
