/**
 * How good the model was on the batch of the last step. Each tile writes down its own part; it is added up when somebody asks, in the order of the tiles.
 */
import { planNumbers } from './arena';
import { tileMask } from './batch';

/** For each tile s: [8] mask·(-ln p) of the rows that count, and [8] all bits set where the most probable class is the label. */
export let outcomes: usize = 0;

/** Of the last step's batch: its tiles over all time steps, and Σ mask. */
let measured: i32 = 0;
let maskSum: f64 = 0;

export function startMetrics(count: i32, sumOfMask: f64): void {
  measured = count;
  maskSum = sumOfMask;
}

export function planOutcomes(steps: u64): void {
  outcomes = planNumbers(steps * 16);
}

/** Σ mask·(-ln p) / Σ mask, in float64 because it runs over all steps; 0 when nothing counts. */
export function meanLoss(): f64 {
  let sum: f64 = 0;
  for (let half: usize = outcomes, end = half + ((<usize>measured) << 6); half < end; half += half & 16 ? 48 : 16) {
    const losses = v128.load(half);
    sum +=
      <f64>f32x4.extract_lane(losses, 0) +
      <f64>f32x4.extract_lane(losses, 1) +
      (<f64>f32x4.extract_lane(losses, 2) + <f64>f32x4.extract_lane(losses, 3));
  }
  return maskSum > 0 ? sum / maskSum : 0;
}

/** The share of the steps that count whose most probable class is the label; 0 when none does. */
export function accuracy(): f64 {
  let counted = 0;
  let correct = 0;
  for (let half: usize = 0, end = (<usize>measured) << 5; half < end; half += 16) {
    const counts = f32x4.gt(v128.load(tileMask + half), f32x4.splat(0));
    const right = v128.load(outcomes + ((half >> 5) << 6) + (half & 16), 32);
    counted += popcnt(i32x4.bitmask(counts));
    correct += popcnt(i32x4.bitmask(v128.and(counts, right)));
  }
  return counted > 0 ? <f64>correct / <f64>counted : 0;
}
