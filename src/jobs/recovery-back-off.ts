/**
 * How long a job waits before it is tried again after it lost a run, and how often it is tried: what kills a run may be
 * over in seconds (a restart, a full process table), so tries spread over minutes.
 */

/** Before the first try after a loss, the second, and so on; nominal, without jitter. */
const delaysMs = [0, 1_000, 4_000, 16_000, 60_000];

/** Losses without a further checkpoint after which a job is poison: it fails instead of taking down workers for ever. */
export const maxRecoveries = delaysMs.length + 1;

/** No try is further away than this. */
export const longestDelayMs = Math.max(...delaysMs);

/**
 * The delay before the next try, in ms: between half the nominal one and all of it, so that jobs that were lost
 * together do not come back together.
 * @param recoveries losses without a further checkpoint, this one included: 1, 2, …
 */
export function retryDelayMs(recoveries: number, random: () => number): number {
  const nominal = delaysMs[Math.min(recoveries, delaysMs.length) - 1];
  return Math.round(nominal * (0.5 + random() / 2));
}
