/**
 * A training step from batch to update. The caller packs the batch; then every thread takes its share, and they meet in between:
 *
 *   its tiles of the batch   forward through time, loss, back through time: a row depends on no other
 *   its units of each layer  the weights' gradient, which sums over all tiles
 *   its part of the weights  clipping and update, for which the norm needs the whole gradient
 *
 * Each sum runs within one thread, in the order that the sizes give: the number of threads changes no bit.
 */
import { keeps, packInputs, packLabels, packStarts } from './batch';
import { transpose } from './arithmetic/kernels';
import { backwardStep, forwardStep, sumGradient } from './layers/index';
import { startMetrics } from './metrics';
import { backwardStride, Layer, layerAt, layerCount, parameterNumbers, parameters } from './model';
import { advanceBetaPowers, clipFactor, update } from './optimizers';
import { outerProducts } from './arithmetic/outer-products';
import { backwardSoftmaxStep, lossStep, predictStep } from './softmax';
import { giveSign, meet, shareOf, thread } from './threads';
import { betaPowers, gradient, joinTrainer, probabilitiesOnly, scratch, slots, trainer } from './trainer';

/** Trains on the batch at hand, of B rows and T steps. `carries`: the rows' state comes from the batch before, and is kept for the next. */
export function trainStep(B: i32, T: i32, carries: bool): void {
  const tiles = (B + 7) >> 3;
  const maskSum = packLabels(B, T, tiles);
  startMetrics(T * tiles, maskSum);
  packStarts(B, tiles);
  startBatch(B, T, tiles, carries, maskSum > 0 ? <f32>(1 / maskSum) : 0);
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    transpose(layer.weights, layer.groups, layer.depth, layer.transposed, layer.backRows);
    if (l < layerCount) startBackward(layer, tiles);
  }
  meet();
  takeShare();
  advanceBetaPowers(betaPowers);
  if (carries) for (let l = 0; l < layerCount; l++) keepState(layerAt(l), B, T, tiles);
}

/**
 * Probabilities of the batch at hand, as [s][⌈C/4⌉·4][8] at the returned place. `carries`: from the carried state, but
 * for rows that start anew; else from zero state.
 */
export function computeProbabilities(B: i32, T: i32, carries: bool): usize {
  const tiles = (B + 7) >> 3;
  if (carries) packStarts(B, tiles);
  startBatch(B, T, tiles, carries, probabilitiesOnly);
  meet();
  takeShare();
  return layerAt(layerCount).gates;
}

function startBatch(B: i32, T: i32, tiles: i32, carries: bool, lossScale: f32): void {
  trainer.tiles = tiles;
  trainer.steps = T;
  trainer.lossScale = lossScale;
  packInputs(B, T, tiles);
  for (let l = 0; l < layerCount; l++) startState(layerAt(l), tiles, carries);
}

/** Takes part in every step of a trainer, as the thread of that number. Ends when the thread is ended. */
export function help(number: i32): void {
  joinTrainer(number);
  for (;;) {
    meet();
    takeShare();
  }
}

/** From the start of a batch to its end, where all meet. */
function takeShare(): void {
  const first = shareOf(trainer.tiles, thread);
  const count = shareOf(trainer.tiles, thread + 1) - first;
  if (count > 0) forward(first, count);
  if (trainer.lossScale != probabilitiesOnly) {
    if (count > 0) backward(first, count);
    meet();
    sumGradients();
    meet();
    updateWeights();
  }
  meet();
}

/** The tiles `first` .. `first`+count-1 of every time step, up to probabilities, or to the loss and its gradient. */
function forward(first: i32, count: i32): void {
  const top = layerAt(layerCount);
  const scale = trainer.lossScale;
  for (let t = 0; t < trainer.steps; t++) {
    const s = <usize>t * <usize>trainer.tiles + <usize>first;
    forwardLayers(s, count);
    if (scale == probabilitiesOnly) predictStep(top, s, count);
    else lossStep(top, s, count, scale);
    giveSign();
  }
}

function forwardLayers(s: usize, count: i32): void {
  for (let l = 0; l < layerCount; l++) {
    const above = layerAt(l + 1);
    const stride = (<usize>above.depth) << 5;
    // A layer's x comes after its h; the softmax layer has no h.
    const x = l + 1 < layerCount ? (<usize>above.units) << 5 : 0;
    forwardStep(layerAt(l), s, count, trainer.tiles, above.joined + s * stride + x, stride);
  }
}

function backward(first: i32, count: i32): void {
  for (let t = trainer.steps - 1; t >= 0; t--) {
    backwardLayers(<usize>t * <usize>trainer.tiles + <usize>first, first, count);
    giveSign();
  }
}

function backwardLayers(s: usize, first: i32, count: i32): void {
  const top = layerAt(layerCount);
  let aboveStride = backwardStride(top);
  let above = top.backward + <usize>first * aboveStride;
  backwardSoftmaxStep(top, s, count, above, aboveStride);
  for (let l = layerCount - 1; l >= 0; l--) {
    const layer = layerAt(l);
    backwardStep(layer, s, first, count, above, aboveStride);
    aboveStride = backwardStride(layer);
    above = layer.backward + <usize>first * aboveStride + ((<usize>layer.units) << 5);
  }
}

/** This thread's units, or groups of classes, of each layer. */
function sumGradients(): void {
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    const first = shareOf(layer.groups, thread);
    const end = shareOf(layer.groups, thread + 1);
    const count = trainer.steps * trainer.tiles;
    if (l < layerCount) sumGradient(layer, first, end, count, scratch);
    else outerProducts(layer, first, end, count, scratch);
  }
}

/** This thread's part of the weights. All threads sum up the norm for themselves: that is quicker than to wait for one. */
function updateWeights(): void {
  const vectors = parameterNumbers >> 2;
  const from = (<usize>shareOf(vectors, thread)) << 4;
  const to = (<usize>shareOf(vectors, thread + 1)) << 4;
  const factor = clipFactor(gradient, parameterNumbers);
  update(parameters, gradient, slots, (<usize>parameterNumbers) << 2, betaPowers, from, to, factor);
}

/** The state before the first step: what was carried by the rows that keep it, else zero. */
function startState(layer: Layer, tiles: i32, carries: bool): void {
  const bytes = (<usize>layer.units) << 5;
  startVector(layer.carriedHidden, layer.joined, (<usize>layer.depth) << 5, bytes, tiles, carries);
  if (layer.cells) startVector(layer.carriedCells, layer.cells, bytes, bytes, tiles, carries);
}

/** One state vector of `bytes` a tile; `stride` bytes lie between the tiles that it goes to. */
function startVector(carried: usize, to: usize, stride: usize, bytes: usize, tiles: i32, carries: bool): void {
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const keep = carries ? v128.load(keeps + (tile << 5) + (at & 16)) : i32x4.splat(0);
      v128.store(to + at, v128.and(keep, v128.load(carried + at)));
    }
    to += stride;
    carried += bytes;
  }
}

/** Forgets the gradients of the step after, before the last step of a batch: there is none. */
function startBackward(layer: Layer, tiles: i32): void {
  memory.fill(layer.backward, 0, <usize>tiles * backwardStride(layer));
  if (layer.cellGradients) memory.fill(layer.cellGradients, 0, <usize>tiles * ((<usize>layer.units) << 5));
}

/** Carries the state after the last step. Rows that the batch does not have keep what they had. */
function keepState(layer: Layer, B: i32, T: i32, tiles: i32): void {
  const stride = (<usize>layer.depth) << 5;
  const bytes = (<usize>layer.units) << 5;
  const after = <usize>T * <usize>tiles;
  keepVector(layer.joined + after * stride, stride, layer.carriedHidden, layer.units, B);
  if (layer.cells) keepVector(layer.cells + after * bytes, bytes, layer.carriedCells, layer.units, B);
}

/** One state vector; `stride` bytes lie between the tiles that it comes from. */
function keepVector(from: usize, stride: usize, carried: usize, units: i32, B: i32): void {
  for (let row: usize = 0; row < <usize>B; row++) {
    const tile = row >> 3;
    const lane = (row & 7) << 2;
    for (let u: usize = 0; u < <usize>units; u++) {
      const to = ((tile * <usize>units + u) << 5) + lane;
      store<f32>(carried + to, load<f32>(from + tile * stride + (u << 5) + lane));
    }
  }
}
