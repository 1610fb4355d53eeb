/**
 * A run waits for a store that is away as long as it may go on, and a little longer for the checkpoint that it was asked
 * to make before it stops.
 */
import type { Patience } from '../../src/storage/patience.ts';
import type { FromChild } from '../messages.ts';

/** Shorter than a worker that shuts down waits for its run. */
const lastCheckpointMs = 10_000;

export function storePatience(
  stopRequest: () => 'continue' | 'stop' | 'stop-without-checkpoint',
  tell: (message: FromChild) => void,
): Patience {
  let stopSeenAt: number | null = null;
  return {
    isOver() {
      const request = stopRequest();
      if (request === 'continue') return false;
      stopSeenAt ??= performance.now();
      return request === 'stop-without-checkpoint' || performance.now() - stopSeenAt > lastCheckpointMs;
    },
    onAway: ({ message }) =>
      tell({ type: 'note', level: 'warn', message: 'the run waits for the store', details: { error: message } }),
    onBack: () => tell({ type: 'note', level: 'info', message: 'the store is back', details: {} }),
  };
}
