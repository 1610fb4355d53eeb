/**
 * A training step from batch to gradient: pack, forward, backward. The caller writes a batch to `inputs`, `labels`, `mask` and `starts`, calls `computeGradient`, and then `clip` and an optimiser.
 */
import { commit, plan, planNumbers } from './arena';
import { keeps, packInputs, packLabels, packStarts, planBatch, tileLabels, tileMask } from './batch';
import { transpose } from './kernels';
import { backwardStep, backwardStride, forwardStep, startBackward } from './lstm';
import { addSoftmax, Layer, layerAt, layerCount, parameterNumbers, parameters } from './model';
import { outerProducts, outerProductsScratch } from './outer-products';
import {
  backwardSoftmaxStep,
  correct,
  counted,
  lossStep,
  lossSum,
  logitsStride,
  maskSum,
  predictStep,
  startLoss,
} from './softmax';

/** As long as `parameters`, and packed alike; so is each of the `slots`, one after the other. */
export let gradient: usize = 0;
export let slots: usize = 0;
/** Adam's [2]. */
export let betaPowers: usize = 0;

/** Of `outerProducts`. */
let scratch: usize = 0;

/** Plans all for batches of up to B rows and T steps, on the layers added before. False: it does not fit into memory. */
export function planTrainer(classes: i32, B: i32, T: i32, slotCount: i32): bool {
  addSoftmax(classes);
  const tiles = <u64>((B + 7) >> 3);
  const steps = <u64>T * tiles;
  gradient = planNumbers(<u64>parameterNumbers);
  slots = planNumbers(<u64>parameterNumbers * <u64>slotCount);
  betaPowers = planNumbers(2);
  planBatch(B, T);
  let scratchBytes: u64 = 0;
  for (let l = 0; l <= layerCount; l++) scratchBytes = max(scratchBytes, outerProductsScratch(layerAt(l).depth));
  scratch = plan(scratchBytes);
  for (let l = 0; l <= layerCount; l++) planLayer(layerAt(l), steps, tiles, l == layerCount);
  if (!commit()) return false;
  for (let l = 0; l <= layerCount; l++) fillOnes(layerAt(l), steps + tiles);
  return true;
}

function planLayer(layer: Layer, steps: u64, tiles: u64, isSoftmax: bool): void {
  const H = <u64>layer.units;
  layer.gradient = gradient + (layer.weights - parameters);
  layer.transposed = planNumbers(<u64>((layer.backRows + 3) >> 2) * <u64>layer.groups * 16);
  layer.joined = planNumbers((steps + tiles) * <u64>layer.depth * 8);
  layer.gates = planNumbers(steps * <u64>layer.groups * 32);
  layer.backward = planNumbers(tiles * <u64>(backwardStride(layer) >> 2));
  if (isSoftmax) return;
  layer.cells = planNumbers((steps + tiles) * H * 8);
  layer.tanhCells = planNumbers(steps * H * 8);
  layer.cellGradients = planNumbers(tiles * H * 8);
  layer.carriedHidden = planNumbers(tiles * H * 8);
  layer.carriedCells = planNumbers(tiles * H * 8);
}

/** The last row of `joined`, which the biases are multiplied with; nothing else writes there. */
function fillOnes(layer: Layer, count: u64): void {
  const stride = (<usize>layer.depth) << 5;
  let row = layer.joined + stride - 32;
  for (let s: u64 = 0; s < count; s++) {
    v128.store(row, f32x4.splat(1));
    v128.store(row, f32x4.splat(1), 16);
    row += stride;
  }
}

/** The gradient of the loss of the batch at hand, of B rows and T steps. `carries`: the rows' state comes from the batch before, and is kept for the next. */
export function computeGradient(B: i32, T: i32, carries: bool): void {
  const tiles = (B + 7) >> 3;
  const top = layerAt(layerCount);
  packInputs(B, T, tiles);
  startLoss(packLabels(B, T, tiles));
  packStarts(B, tiles);
  for (let l = 0; l < layerCount; l++) startState(layerAt(l), tiles, carries);
  for (let t = 0; t < T; t++) {
    forwardLayers(t, tiles);
    lossStep(top, <usize>t * <usize>tiles, tiles, tileLabels, tileMask);
  }
  backward(T, tiles);
  if (carries) for (let l = 0; l < layerCount; l++) keepState(layerAt(l), B, T, tiles);
}

/** Probabilities of the batch at hand, from zero state, as [s][⌈C/4⌉·4][8] at the returned place. */
export function computeProbabilities(B: i32, T: i32): usize {
  const tiles = (B + 7) >> 3;
  const top = layerAt(layerCount);
  packInputs(B, T, tiles);
  for (let l = 0; l < layerCount; l++) startState(layerAt(l), tiles, false);
  for (let t = 0; t < T; t++) {
    forwardLayers(t, tiles);
    predictStep(top, <usize>t * <usize>tiles, tiles);
  }
  return top.gates;
}

function forwardLayers(t: i32, tiles: i32): void {
  const s = <usize>t * <usize>tiles;
  for (let l = 0; l < layerCount; l++) {
    const above = layerAt(l + 1);
    const stride = (<usize>above.depth) << 5;
    // An LSTM layer's x comes after its h; the softmax layer has no h.
    const x = l + 1 < layerCount ? (<usize>above.units) << 5 : 0;
    forwardStep(layerAt(l), s, tiles, above.joined + s * stride + x, stride);
  }
}

function backward(T: i32, tiles: i32): void {
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    transpose(layer.weights, layer.groups, layer.depth, layer.transposed, layer.backRows);
    if (l < layerCount) startBackward(layer, tiles);
  }
  for (let t = T - 1; t >= 0; t--) backwardLayers(<usize>t * <usize>tiles, tiles);
  const count = T * tiles;
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    outerProducts(
      layer.gradient,
      layer.groups,
      layer.depth,
      layer.joined,
      layer.gates,
      (<usize>layer.groups) << 7,
      count,
      scratch,
    );
  }
}

function backwardLayers(s: usize, tiles: i32): void {
  const top = layerAt(layerCount);
  backwardSoftmaxStep(top, s, tiles, backwardStride(top));
  let above = top.backward;
  let aboveStride = backwardStride(top);
  for (let l = layerCount - 1; l >= 0; l--) {
    const layer = layerAt(l);
    backwardStep(layer, s, tiles, above, aboveStride);
    above = layer.backward + ((<usize>layer.units) << 5);
    aboveStride = backwardStride(layer);
  }
}

/** h and c before the first step: what was carried by the rows that keep it, else zero. */
function startState(layer: Layer, tiles: i32, carries: bool): void {
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const bytes = (<usize>layer.units) << 5;
    const hidden = layer.joined + tile * ((<usize>layer.depth) << 5);
    for (let at: usize = 0; at < bytes; at += 16) {
      const keep = carries ? v128.load(keeps + (tile << 5) + (at & 16)) : i32x4.splat(0);
      v128.store(hidden + at, v128.and(keep, v128.load(layer.carriedHidden + tile * bytes + at)));
      v128.store(layer.cells + tile * bytes + at, v128.and(keep, v128.load(layer.carriedCells + tile * bytes + at)));
    }
  }
}

/** Carries h and c after the last step. Rows that the batch does not have keep what they had. */
function keepState(layer: Layer, B: i32, T: i32, tiles: i32): void {
  const stride = (<usize>layer.depth) << 5;
  const first = <usize>T * <usize>tiles;
  for (let row: usize = 0; row < <usize>B; row++) {
    const tile = row >> 3;
    const lane = (row & 7) << 2;
    for (let u: usize = 0; u < <usize>layer.units; u++) {
      const to = ((tile * <usize>layer.units + u) << 5) + lane;
      store<f32>(layer.carriedHidden + to, load<f32>(layer.joined + (first + tile) * stride + (u << 5) + lane));
      store<f32>(
        layer.carriedCells + to,
        load<f32>(layer.cells + (((first + tile) * <usize>layer.units + u) << 5) + lane),
      );
    }
  }
}

/** Mean loss of the last gradient's batch over the steps that count; 0 when none does. */
export function meanLoss(): f64 {
  return maskSum > 0 ? lossSum / maskSum : 0;
}

export function accuracy(): f64 {
  return counted > 0 ? <f64>correct / <f64>counted : 0;
}

/** Where the carried state of an LSTM layer lies, [tile][H][8]. */
export function carriedHidden(layer: i32): usize {
  return layerAt(layer).carriedHidden;
}

export function carriedCells(layer: i32): usize {
  return layerAt(layer).carriedCells;
}

/** Bytes of one tile of probabilities. */
export function probabilitiesStride(): usize {
  return logitsStride(layerAt(layerCount));
}
