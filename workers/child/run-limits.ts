/**
 * The limits that a job sets itself: looked at between training steps, so that there is time for a last checkpoint.
 */
import type { JobError } from '../../src/jobs/record.ts';
import type { JobSpec } from '../../src/spec/job-spec.ts';
import type { RunClock } from '../run-clock.ts';

const memoryEveryMs = 100;
const bytesPerMiB = 2 ** 20;

/**
 * Returns a function that says whether a limit is exceeded, and which. The caller set it, so the failure is the caller's.
 * @param clock what the runs of the job have taken; diagnosis does not count.
 */
export function watchLimits(limits: JobSpec['limits'], clock: RunClock): () => JobError | null {
  const { maxSeconds = Number.POSITIVE_INFINITY, maxMemoryMiB = Number.POSITIVE_INFINITY } = limits ?? {};
  let nextMemory = 0;
  return () => {
    const now = performance.now();
    if (clock.times.trainedSeconds >= maxSeconds)
      return exceeded('time_limit', `limits.maxSeconds (${maxSeconds}) is used up.`);
    if (now < nextMemory || maxMemoryMiB === Number.POSITIVE_INFINITY) return null;
    nextMemory = now + memoryEveryMs;
    const usedMiB = Math.ceil(process.memoryUsage.rss() / bytesPerMiB);
    if (usedMiB <= maxMemoryMiB) return null;
    return exceeded(
      'memory_limit',
      `The training process holds ${usedMiB} MiB; limits.maxMemoryMiB is ${maxMemoryMiB}.`,
    );
  };
}

function exceeded(code: string, message: string): JobError {
  return { category: 'user', code, message };
}
