/**
 * How long a caller waits for a store that is away: a run waits for as long as nobody asks it to end, a request hardly at all.
 */
export interface Patience {
  /** Asked before each further try. */
  isOver(): boolean;
  /** Told once that the waiting begins, and why; and once that the store is back. */
  onAway?(error: Error): void;
  onBack?(): void;
}

export const impatient: Patience = { isOver: () => true };
