/**
 * Jitter for delays before a retry: what failed at the same moment is spread over time when it is tried again.
 */

/** Between half of `fullMs` and all of it. @param random uniform over [0, 1). */
export function withJitter(fullMs: number, random: () => number): number {
  return Math.round(fullMs * (0.5 + random() / 2));
}
