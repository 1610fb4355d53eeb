/**
 * Which checkpoints a job keeps. The last and the best are pinned separately: the best is not taken for the last, nor lost to it.
 */
import type { CheckpointSummary } from './summary-schema.ts';

export interface Keep {
  last: number;
  best: number;
  every?: number;
}

/** Where a spec has no rule of its own: the last, the best and the periodic ones, so that evaluations leave no more than one behind. */
export function defaultKeep({ checkpointEvery }: { checkpointEvery: number }): Keep {
  return { last: 1, best: 1, every: checkpointEvery };
}

/** Sorts the best first: by the held-out loss, and where that was not measured by the loss of the step's batch. */
export function byQuality(a: CheckpointSummary, b: CheckpointSummary): number {
  const rank = (checkpoint: CheckpointSummary) => (checkpoint.heldOutLoss === null ? 1 : 0);
  const lossOf = ({ heldOutLoss, loss }: CheckpointSummary) => heldOutLoss ?? loss ?? Number.POSITIVE_INFINITY;
  return rank(a) - rank(b) || compare(lossOf(a), lossOf(b)) || a.step - b.step;
}

/** Also of what is not known, which is Infinity. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The steps that no rule keeps, of checkpoints in order of their steps. */
export function stepsToPrune(checkpoints: readonly CheckpointSummary[], keep: Keep): number[] {
  const { last, best, every } = keep;
  const kept = new Set(
    [...checkpoints.slice(-last), ...[...checkpoints].sort(byQuality).slice(0, best)].map(({ step }) => step),
  );
  return checkpoints
    .map(({ step }) => step)
    .filter((step) => !kept.has(step) && !(every !== undefined && step % every === 0));
}
