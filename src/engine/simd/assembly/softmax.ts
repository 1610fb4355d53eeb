/**
 * The softmax layer: logits, probabilities and the loss of one time step of all tiles, and the gradient of the loss.
 *
 * Its buffers, for each tile s as in lstm.ts: joined [K][8] (h of the layer below, 1), gates [⌈C/4⌉·4][8] (logits, then probabilities, then the logits' gradient), backward [tile][rows][8].
 */
import { exponential, logarithm } from './functions';
import { multiplyTiles } from './kernels';
import { Layer } from './model';

/** Of the batch at hand: Σ mask·(-ln p), in float64 because it runs over all steps; Σ mask; how many steps count, and how many of these are right. */
export let lossSum: f64 = 0;
export let maskSum: f64 = 0;
export let counted: i32 = 0;
export let correct: i32 = 0;

export function startLoss(sumOfMask: f64): void {
  lossSum = 0;
  maskSum = sumOfMask;
  counted = 0;
  correct = 0;
}

/** Bytes of a tile of logits. */
@inline
export function logitsStride(top: Layer): usize {
  return (<usize>top.groups) << 7;
}

/** Probabilities of tiles s .. s+tiles-1. */
export function predictStep(top: Layer, s: usize, tiles: i32): void {
  const joinedStride = (<usize>top.depth) << 5;
  const stride = logitsStride(top);
  let logits = top.gates + s * stride;
  multiplyTiles(
    top.weights,
    (<usize>top.depth) << 4,
    top.groups,
    top.depth,
    top.joined + s * joinedStride,
    joinedStride,
    logits,
    stride,
    tiles,
  );
  for (let tile = 0; tile < tiles; tile++) {
    subtractLargest(logits, top.units);
    exponential(logits, top.units * 2);
    normalize(logits, top.units);
    logits += stride;
  }
}

/** The same, with loss and accuracy of the steps, and the gradient of the loss in the logits' place. labels [8] and mask [8] of tile s follow one another. */
export function lossStep(top: Layer, s: usize, tiles: i32, labels: usize, mask: usize): void {
  const joinedStride = (<usize>top.depth) << 5;
  const stride = logitsStride(top);
  let logits = top.gates + s * stride;
  labels += s << 5;
  mask += s << 5;
  multiplyTiles(
    top.weights,
    (<usize>top.depth) << 4,
    top.groups,
    top.depth,
    top.joined + s * joinedStride,
    joinedStride,
    logits,
    stride,
    tiles,
  );
  for (let tile = 0; tile < tiles; tile++) {
    countCorrect(logits, top.units, labels, mask);
    subtractLargest(logits, top.units);
    // exp overwrites the logits: ln p(label) = logit - ln Σ exp needs the label's.
    const picked0 = labelled(logits, top.units, v128.load(labels));
    const picked1 = labelled(logits + 16, top.units, v128.load(labels, 16));
    exponential(logits, top.units * 2);
    addLoss(f32x4.sub(logarithm(sumOver(logits, top.units)), picked0), v128.load(mask));
    addLoss(f32x4.sub(logarithm(sumOver(logits + 16, top.units)), picked1), v128.load(mask, 16));
    normalize(logits, top.units);
    lossGradient(logits, top.units, labels, mask);
    logits += stride;
    labels += 32;
    mask += 32;
  }
}

/** The gradient of the input of steps s .. s+tiles-1, into `backward`. */
export function backwardSoftmaxStep(top: Layer, s: usize, tiles: i32, stride: usize): void {
  const logits = top.gates + s * logitsStride(top);
  multiplyTiles(
    top.transposed,
    (<usize>top.groups) << 6,
    (top.backRows + 3) >> 2,
    top.units,
    logits,
    logitsStride(top),
    top.backward,
    stride,
    tiles,
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

/** lossSum += Σ mask·losses over the rows that count. */
@inline
function addLoss(losses: v128, mask: v128): void {
  const weighted = v128.and(f32x4.mul(losses, mask), f32x4.gt(mask, f32x4.splat(0)));
  lossSum +=
    <f64>f32x4.extract_lane(weighted, 0) +
    <f64>f32x4.extract_lane(weighted, 1) +
    (<f64>f32x4.extract_lane(weighted, 2) + <f64>f32x4.extract_lane(weighted, 3));
}

/** Counts the rows with mask > 0, and those of them whose largest logit (the first, if several) is the label's. */
function countCorrect(logits: usize, classes: i32, labels: usize, mask: usize): void {
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
    const counts = f32x4.gt(v128.load(mask + half), f32x4.splat(0));
    counted += popcnt(i32x4.bitmask(counts));
    correct += popcnt(i32x4.bitmask(v128.and(counts, i32x4.eq(best, v128.load(labels + half)))));
  }
}

/** values = mask/Σmask · (p - one-hot(label)); 0 when nothing counts. */
function lossGradient(values: usize, classes: i32, labels: usize, mask: usize): void {
  const factor = f32x4.splat(maskSum > 0 ? <f32>(1 / maskSum) : 0);
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
