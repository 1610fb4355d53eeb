/**
 * How long to wait before something that failed is tried again: twice as long each time, with jitter, so that what
 * fails together does not come back together.
 */
export interface BackoffOptions {
  firstMs: number;
  longestMs: number;
  /** What lasted this long had started well: the next failure is a first one again. */
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
   * @param lastedMs how long it went well before.
   */
  next(lastedMs: number): number {
    const { firstMs, longestMs, settledMs } = this.#options;
    if (lastedMs >= settledMs) this.#failures = 0;
    const fullMs = Math.min(longestMs, firstMs * 2 ** this.#failures++);
    return Math.round(fullMs * (0.5 + Math.random() / 2));
  }
}
