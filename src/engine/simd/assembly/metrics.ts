/**
 * How good the model was on the batch of the last step. Each tile writes down its own part; it is added up when
 * somebody asks, in the order of the tiles.
 */
import { plan } from './arena';
import { tileMask } from './batch';
import { logarithm } from './arithmetic/functions';

/** For each tile s, each [8]: all bits set where the most probable class is the label; the label's logit; Σ exp of all logits. */
export let outcomes: usize = 0;
export const isRight: usize = 0;
export const labelLogit: usize = 32;
export const exponentialSum: usize = 64;
export const outcomeBytes: usize = 96;

/** Of the last step's batch: its tiles over all time steps, and Σ mask. */
let measured: i32 = 0;
let maskSum: f64 = 0;

export function startMetrics(count: i32, sumOfMask: f64): void {
  measured = count;
  maskSum = sumOfMask;
}

export function planOutcomes(steps: u64): void {
  outcomes = plan(steps * outcomeBytes);
}

/** Σ mask·(-ln p) / Σ mask, in float64 because it runs over all steps; 0 when nothing counts. */
export function meanLoss(): f64 {
  let sum: f64 = 0;
  for (let s: usize = 0; s < <usize>measured; s++) {
    sum += lossOfHalf(s, 0);
    sum += lossOfHalf(s, 16);
  }
  return maskSum > 0 ? sum / maskSum : 0;
}

/** Of four rows of tile s: ln p(label) = logit - ln Σ exp. */
@inline
function lossOfHalf(s: usize, half: usize): f64 {
  const outcome = outcomes + s * outcomeBytes + half;
  const mask = v128.load(tileMask + (s << 5) + half);
  const losses = f32x4.sub(logarithm(v128.load(outcome, exponentialSum)), v128.load(outcome, labelLogit));
  const counted = v128.and(f32x4.mul(losses, mask), f32x4.gt(mask, f32x4.splat(0)));
  return (
    <f64>f32x4.extract_lane(counted, 0) +
    <f64>f32x4.extract_lane(counted, 1) +
    (<f64>f32x4.extract_lane(counted, 2) + <f64>f32x4.extract_lane(counted, 3))
  );
}

/** The share of the steps that count whose most probable class is the label; 0 when none does. */
export function accuracy(): f64 {
  let counted = 0;
  let correct = 0;
  for (let s: usize = 0; s < <usize>measured; s++) {
    for (let half: usize = 0; half < 32; half += 16) {
      const counts = f32x4.gt(v128.load(tileMask + (s << 5) + half), f32x4.splat(0));
      const right = v128.load(outcomes + s * outcomeBytes + half, isRight);
      counted += popcnt(i32x4.bitmask(counts));
      correct += popcnt(i32x4.bitmask(v128.and(counts, right)));
    }
  }
  return counted > 0 ? <f64>correct / <f64>counted : 0;
}
