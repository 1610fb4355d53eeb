/**
 * When training ends before its last step: once the held-out loss has not become better for `patience` evaluations.
 * Pure; the state is plain JSON and part of a checkpoint. (Prechelt, "Early stopping – but when?", in Neural Networks:
 * Tricks of the Trade, 1998, there with other criteria.)
 */

export interface EarlyStopping {
  /** Evaluations in a row without improvement after which training ends. */
  patience: number;
  /** Nats by which the loss has to fall below the best one to count as better. */
  minDelta: number;
}

export interface EarlyStoppingState {
  /** null: nothing has been evaluated yet. */
  best: { step: number; loss: number } | null;
  /** Evaluations since then. */
  waited: number;
}

export const initialEarlyStopping: EarlyStoppingState = { best: null, waited: 0 };

interface EarlyStoppingDecision {
  state: EarlyStoppingState;
  /** The loss is the best so far: a checkpoint of this step is the one to keep. */
  improved: boolean;
  stop: boolean;
}

/** What one evaluation means. A loss that is not a number is no improvement. */
export function judgeEvaluation(
  state: EarlyStoppingState,
  { patience, minDelta }: EarlyStopping,
  { step, loss }: { step: number; loss: number },
): EarlyStoppingDecision {
  const improved = Number.isFinite(loss) && (state.best === null || loss < state.best.loss - minDelta);
  if (improved) return { state: { best: { step, loss }, waited: 0 }, improved, stop: false };
  const waited = state.waited + 1;
  return { state: { best: state.best, waited }, improved, stop: waited >= patience };
}
