/**
 * The softmax layer: logits, probabilities and the loss of one time step of all tiles, and the gradient of the loss.
 *
 * Its buffers, for each tile s as in lstm.ts: joined [K][8] (h of the layer below, 1), gates [⌈C/4⌉·4][8] (logits, then
 * probabilities, then the logits' gradient), backward [tile][rows][8].
 */
import { tileLabels, tileMask } from './batch';
import { exponential } from './arithmetic/functions';
import { multiplyTiles } from './arithmetic/kernels';
import { exponentialSum, isRight, labelLogit, outcomeBytes, outcomes } from './metrics';
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
  let outcome = outcomes + s * outcomeBytes;
  multiplyLogits(top, s, count);
  for (let tile = 0; tile < count; tile++) {
    for (let half: usize = 0; half < 32; half += 16) {
      compareWithLabel(logits + half, top.units, v128.load(labels + half), outcome + half);
    }
    exponential(logits, top.units * 2);
    for (let half: usize = 0; half < 32; half += 16) {
      const weight = f32x4.mul(v128.load(mask + half), f32x4.splat(scale));
      lossGradient(logits + half, top.units, v128.load(labels + half), weight, outcome + half);
    }
    logits += stride;
    labels += 32;
    mask += 32;
    outcome += outcomeBytes;
  }
}

function multiplyLogits(top: Layer, s: usize, count: i32): void {
  const inputStride = (<usize>top.depth) << 5;
  const panelStride = (<usize>top.depth) << 4;
  const stride = logitsStride(top);
  const input = top.joined + s * inputStride;
  const logits = top.gates + s * stride;
  multiplyTiles(top.weights, panelStride, top.groups << 2, top.depth, input, inputStride, logits, stride, count);
}

/** The gradient of the input of tiles s .. s+count-1, to `out`, with the bytes between its tiles. */
export function backwardSoftmaxStep(top: Layer, s: usize, count: i32, out: usize, stride: usize): void {
  const logits = top.gates + s * logitsStride(top);
  multiplyTiles(
    top.transposed,
    (<usize>top.groups) << 6,
    top.backRows,
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

/**
 * Of four rows: logits -= the largest, so that exp neither overflows nor loses the largest. Notes whether it (the
 * first, if several) is the label's, and the label's logit: 0 where the label is no class. exp overwrites the logits,
 * and ln p(label) = logit - ln Σ exp needs it.
 */
@inline
function compareWithLabel(logits: usize, classes: i32, label: v128, outcome: usize): void {
  const end = logits + ((<usize>classes) << 5);
  const one = i32x4.splat(1);
  let largest = v128.load(logits);
  let best = i32x4.splat(0);
  let c = one;
  for (let x = logits + 32; x < end; x += 32) {
    const value = v128.load(x);
    const larger = f32x4.gt(value, largest);
    largest = v128.bitselect(value, largest, larger);
    best = v128.bitselect(c, best, larger);
    c = i32x4.add(c, one);
  }
  let labelled = f32x4.splat(0);
  c = i32x4.splat(0);
  for (let x = logits; x < end; x += 32) {
    const value = f32x4.sub(v128.load(x), largest);
    v128.store(x, value);
    labelled = v128.bitselect(value, labelled, i32x4.eq(label, c));
    c = i32x4.add(c, one);
  }
  v128.store(outcome, i32x4.eq(best, label), isRight);
  v128.store(outcome, labelled, labelLogit);
}

/** Of four rows whose logits' exponentials are given: values = weight · (p - one-hot(label)). Notes Σ exp. */
@inline
function lossGradient(values: usize, classes: i32, label: v128, weight: v128, outcome: usize): void {
  const end = values + ((<usize>classes) << 5);
  const one = f32x4.splat(1);
  const step = i32x4.splat(1);
  const sum = sumOver(values, classes);
  const factor = f32x4.div(one, sum);
  let c = i32x4.splat(0);
  for (let x = values; x < end; x += 32) {
    const target = v128.and(one, i32x4.eq(label, c));
    v128.store(x, f32x4.mul(weight, f32x4.sub(f32x4.mul(v128.load(x), factor), target)));
    c = i32x4.add(c, step);
  }
  v128.store(outcome, sum, exponentialSum);
}
