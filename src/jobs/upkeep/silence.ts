/**
 * How long runs have been silent, as one process sees it: a run is alive as long as the time in its record moves on.
 * Only the monotonic clock of this process counts, and only while it looks: neither a jump of a wall clock, nor a Redis
 * that was away, nor a process that was stopped makes a run look lost.
 */
import type { Job, RunTimes } from '../record.ts';

export class Silence {
  readonly #maxStepMs: number;
  readonly #runs = new Map<string, { seconds: number; silentMs: number }>();
  #lookedAt = performance.now();

  /** @param maxStepMs what one look may add at most: a longer pause since the last one was not seen. */
  constructor(maxStepMs: number) {
    this.#maxStepMs = maxStepMs;
  }

  /** Looks at all runs there are; returns for how long each has been silent, in ms. */
  look(runs: readonly Job[]): Map<Job, number> {
    const now = performance.now();
    const stepMs = Math.min(now - this.#lookedAt, this.#maxStepMs);
    this.#lookedAt = now;
    const silences = runs.map((job) => {
      const known = this.#runs.get(keyOf(job));
      const isSilent = known !== undefined && known.seconds === secondsOf(job);
      return [job, isSilent ? known.silentMs + stepMs : 0] as const;
    });
    this.forget();
    for (const [job, silentMs] of silences) {
      this.#runs.set(keyOf(job), { seconds: secondsOf(job), silentMs });
    }
    return new Map(silences);
  }

  /** What was not seen says nothing: starts counting anew. */
  forget(): void {
    this.#runs.clear();
  }
}

function secondsOf({ trainedSeconds, diagnosedSeconds }: RunTimes): number {
  return trainedSeconds + (diagnosedSeconds ?? 0);
}

function keyOf({ id, attempt }: Job): string {
  return `${id} ${attempt}`;
}
