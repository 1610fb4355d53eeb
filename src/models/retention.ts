/**
 * Which checkpoints a job keeps. The last and the best are pinned separately: the best is not taken for the last, nor lost to it.
 */
import type { CheckpointSummary } from './store.ts';

export interface Keep {
  last: number;
  best: number;
  every?: number;
}

/** The steps that no rule keeps, of checkpoints in order of their steps. */
export function stepsToPrune(checkpoints: readonly CheckpointSummary[], keep: Keep): number[] {
  const { last, best, every } = keep;
  const byLoss = [...checkpoints].sort((a, b) => a.loss - b.loss || a.step - b.step);
  const kept = new Set([...checkpoints.slice(-last), ...byLoss.slice(0, best)].map(({ step }) => step));
  return checkpoints
    .map(({ step }) => step)
    .filter((step) => !kept.has(step) && !(every !== undefined && step % every === 0));
}
