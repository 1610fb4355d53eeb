/**
 * The softmax layer: logits, probabilities and the loss of one time step of all tiles, and the gradient of the loss.
 *
 * Its buffers, for each tile s as in lstm.ts: joined [K][8] (h of the layer below, 1), gates [⌈C/4⌉·4][8] (logits, then probabilities, then the logits' gradient), backward [tile][rows][8].
 */
import { tileLabels, tileMask } from './batch';
import { exponential, logarithm } from './functions';
import { multiplyTiles } from './kernels';
import { outcomes } from './metrics';
import { Layer } from './model';

/** Bytes of a tile of logits. */
@inline
export function logitsStride(top: Layer): usize {
  return (<usize>top.groups) << 7;
}

/** Probabilities of tiles s .. s+count-1. */
export function predictStep(top: Layer, s: usize, count: i32): void {
  const stride = logitsStride(top);
  let logits = top.gates + s * stride;
  multiplyLogits(top, s, count);
  for (let tile = 0; tile < count; tile++) {
    subtractLargest(logits, top.units);
    exponential(logits, top.units * 2);
    normalize(logits, top.units);
    logits += stride;
  }
}

/** The same, with the outcomes of the steps, and the gradient of the loss in the logits' place: `scale` is 1/Σmask. */
export function lossStep(top: Layer, s: usize, count: i32, scale: f32): void {
  const stride = logitsStride(top);
  let logits = top.gates + s * stride;
  let labels = tileLabels + (s << 5);
  let mask = tileMask + (s << 5);
  let outcome = outcomes + (s << 6);
  multiplyLogits(top, s, count);
  for (let tile = 0; tile < count; tile++) {
    compareLargest(logits, top.units, labels, outcome + 32);
    subtractLargest(logits, top.units);
    // exp overwrites the logits: ln p(label) = logit - ln Σ exp needs the label's.
    const picked0 = labelled(logits, top.units, v128.load(labels));
    const picked1 = labelled(logits + 16, top.units, v128.load(labels, 16));
    exponential(logits, top.units * 2);
    storeLoss(f32x4.sub(logarithm(sumOver(logits, top.units)), picked0), mask, outcome);
    storeLoss(f32x4.sub(logarithm(sumOver(logits + 16, top.units)), picked1), mask + 16, outcome + 16);
    normalize(logits, top.units);
    lossGradient(logits, top.units, labels, mask, scale);
    logits += stride;
    labels += 32;
    mask += 32;
    outcome += 64;
  }
}

function multiplyLogits(top: Layer, s: usize, count: i32): void {
  const inputStride = (<usize>top.depth) << 5;
  const panelStride = (<usize>top.depth) << 4;
  const stride = logitsStride(top);
  const input = top.joined + s * inputStride;
  multiplyTiles(top.weights, panelStride, top.groups, top.depth, input, inputStride, top.gates + s * stride, stride, count);
}

/** The gradient of the input of tiles s .. s+count-1, to `out`, with the bytes between its tiles. */
export function backwardSoftmaxStep(top: Layer, s: usize, count: i32, out: usize, stride: usize): void {
  const logits = top.gates + s * logitsStride(top);
  multiplyTiles(
    top.transposed,
    (<usize>top.groups) << 6,
    (top.backRows + 3) >> 2,
    top.units,
    logits,
    logitsStride(top),
    out,
    stride,
    count,
  );
}

/** logits -= the largest of each row, so that exp neither overflows nor loses the largest. */
function subtractLargest(logits: usize, classes: i32): void {
  const end = logits + ((<usize>classes) << 5);
  for (let half: usize = 0; half < 32; half += 16) {
    let largest = v128.load(logits + half);
    for (let x = logits + half; x < end; x += 32) largest = f32x4.pmax(largest, v128.load(x));
    for (let x = logits + half; x < end; x += 32) v128.store(x, f32x4.sub(v128.load(x), largest));
  }
}

/** Σ over the classes, in ascending order, of four rows. */
@inline
function sumOver(values: usize, classes: i32): v128 {
  let sum = f32x4.splat(0);
  for (const end = values + ((<usize>classes) << 5); values < end; values += 32)
    sum = f32x4.add(sum, v128.load(values));
  return sum;
}

function normalize(values: usize, classes: i32): void {
  const end = values + ((<usize>classes) << 5);
  for (let half: usize = 0; half < 32; half += 16) {
    const factor = f32x4.div(f32x4.splat(1), sumOver(values + half, classes));
    for (let x = values + half; x < end; x += 32) v128.store(x, f32x4.mul(v128.load(x), factor));
  }
}

/** The logit of each row's label; 0 where the label is no class. */
@inline
function labelled(logits: usize, classes: i32, label: v128): v128 {
  let picked = f32x4.splat(0);
  for (let c = 0; c < classes; c++) {
    picked = v128.bitselect(v128.load(logits), picked, i32x4.eq(label, i32x4.splat(c)));
    logits += 32;
  }
  return picked;
}

/** mask·loss of four rows, 0 where nothing counts. */
@inline
function storeLoss(losses: v128, mask: usize, out: usize): void {
  const weight = v128.load(mask);
  v128.store(out, v128.and(f32x4.mul(losses, weight), f32x4.gt(weight, f32x4.splat(0))));
}

/** Sets all bits of the rows whose largest logit (the first, if several) is the label's. */
function compareLargest(logits: usize, classes: i32, labels: usize, out: usize): void {
  for (let half: usize = 0; half < 32; half += 16) {
    let x = logits + half;
    let largest = v128.load(x);
    let best = i32x4.splat(0);
    for (let c = 1; c < classes; c++) {
      x += 32;
      const value = v128.load(x);
      const larger = f32x4.gt(value, largest);
      largest = v128.bitselect(value, largest, larger);
      best = v128.bitselect(i32x4.splat(c), best, larger);
    }
    v128.store(out + half, i32x4.eq(best, v128.load(labels + half)));
  }
}

/** values = mask·scale · (p - one-hot(label)) */
function lossGradient(values: usize, classes: i32, labels: usize, mask: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (let half: usize = 0; half < 32; half += 16) {
    const weight = f32x4.mul(v128.load(mask + half), factor);
    const label = v128.load(labels + half);
    const one = f32x4.splat(1);
    let x = values + half;
    for (let c = 0; c < classes; c++) {
      const target = v128.and(one, i32x4.eq(label, i32x4.splat(c)));
      v128.store(x, f32x4.mul(weight, f32x4.sub(v128.load(x), target)));
      x += 32;
    }
  }
}
