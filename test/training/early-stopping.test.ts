/**
 * Early stopping: which losses are the best so far, and when it has lasted too long.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type EarlyStopping,
  type EarlyStoppingState,
  initialEarlyStopping,
  judgeEvaluation,
} from '../../src/training/early-stopping.ts';

/** Steps at which the loss was the best, and the one at which training ended. */
function run(losses: readonly number[], options: EarlyStopping) {
  let state: EarlyStoppingState = initialEarlyStopping;
  const improvedAt: number[] = [];
  for (const [i, loss] of losses.entries()) {
    const verdict = judgeEvaluation(state, options, { step: i + 1, loss });
    state = JSON.parse(JSON.stringify(verdict.state));
    if (verdict.improved) improvedAt.push(i + 1);
    if (verdict.stop) return { improvedAt, stoppedAt: i + 1, state };
  }
  return { improvedAt, stoppedAt: null, state };
}

it('ends after `patience` evaluations without a better loss', () => {
  const losses = [5, 4, 4.5, 3, 3, 3.1, 3.2, 2];
  expect(run(losses, { patience: 3, minDelta: 0 })).toEqual({
    improvedAt: [1, 2, 4],
    stoppedAt: 7,
    state: { best: { step: 4, loss: 3 }, waited: 3 },
  });
  expect(run(losses, { patience: 4, minDelta: 0 })).toMatchObject({ improvedAt: [1, 2, 4, 8], stoppedAt: null });
});

it('takes for better only what is better by more than minDelta than the best', () => {
  const losses = [1, 0.95, 0.9, 0.85, 0.8];
  expect(run(losses, { patience: 10, minDelta: 0.1 }).improvedAt).toEqual([1, 4]);
  expect(run(losses, { patience: 2, minDelta: 0.1 }).stoppedAt).toBe(3);
});

it('never takes a loss that is not a number for the best', () => {
  expect(run([Number.NaN, Number.POSITIVE_INFINITY, 2, Number.NaN], { patience: 3, minDelta: 0 })).toMatchObject({
    improvedAt: [3],
    stoppedAt: null,
  });
  expect(run([Number.NaN, Number.NaN], { patience: 2, minDelta: 0 }).stoppedAt).toBe(2);
});

it('keeps the lowest loss there was, and stops exactly `patience` evaluations after it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: 0, max: 9 })),
      fc.integer({ min: 1, max: 5 }),
      (losses, patience) => {
        const { stoppedAt, state, improvedAt } = run(losses, { patience, minDelta: 0 });
        const seen = losses.slice(0, stoppedAt ?? losses.length);
        expect(state.best?.loss ?? null).toBe(seen.length > 0 ? Math.min(...seen) : null);
        expect(state.best?.step ?? undefined).toBe(improvedAt.at(-1));
        if (stoppedAt !== null) expect(stoppedAt - improvedAt.at(-1)!).toBe(patience);
        else expect(seen.length - (improvedAt.at(-1) ?? 0)).toBeLessThan(patience);
      },
    ),
  );
});
