/**
 * Delays between the restarts of something that keeps failing: each twice the one before, with jitter.
 */
import { withJitter } from './jitter.ts';

interface BackoffOptions {
  firstMs: number;
  longestMs: number;
  /** After a run of at least this long, the next failure counts as the first. */
  settledMs: number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /**
   * Milliseconds to wait after a failure: between half and all of firstMs, 2 firstMs, 4 firstMs … up to longestMs.
   * @param lastedMs how long it ran before it failed.
   */
  next(lastedMs: number): number {
    const { firstMs, longestMs, settledMs } = this.#options;
    if (lastedMs >= settledMs) this.#failures = 0;
    const fullMs = Math.min(longestMs, firstMs * 2 ** this.#failures++);
    return withJitter(fullMs, Math.random);
  }
}
