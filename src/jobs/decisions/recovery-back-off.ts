/**
 * The delays between a job's tries after it lost a run, and the number of tries. What kills a run may be over in seconds
 * (a restart, a full process table), so the tries are spread over minutes.
 */
import { withJitter } from '../../platform/jitter.ts';

/** Before the first try after a loss, the second, and so on; nominal, without jitter. */
const delaysMs = [0, 1_000, 4_000, 16_000, 60_000];

/** Losses without a further checkpoint after which a job is poison: it fails instead of taking down workers for ever. */
export const maxRecoveries = delaysMs.length + 1;

/** No try is further away than this. */
export const longestDelayMs = Math.max(...delaysMs);

/**
 * The delay before the next try, in ms: between half the nominal one and all of it, so that jobs that were lost at
 * the same moment are not all tried again at the same moment.
 * @param recoveries losses without a further checkpoint, this one included: 1, 2, …
 */
export function retryDelayMs(recoveries: number, random: () => number): number {
  const nominal = delaysMs[Math.min(recoveries, delaysMs.length) - 1];
  return withJitter(nominal, random);
}
