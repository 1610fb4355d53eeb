/**
 * What the time of a job's runs goes into, as the worker and its child process count it: training, or what doctor and
 * report take.
 */
import type { RunTimes } from '../src/jobs/record.ts';

export type RunWork = 'training' | 'diagnosis';

export class RunClock {
  readonly #before: RunTimes;
  readonly #now: () => number;
  readonly #ms: Record<RunWork, number> = { training: 0, diagnosis: 0 };
  #work: RunWork = 'training';
  #since: number;

  /**
   * Starts with training.
   * @param before what earlier runs of the job have taken.
   * @param now a monotonic time, in ms.
   */
  constructor(before: RunTimes, now = () => performance.now()) {
    this.#before = before;
    this.#now = now;
    this.#since = now();
  }

  /** From here on the time goes into this. */
  turnTo(work: RunWork): void {
    const now = this.#now();
    this.#ms[this.#work] += now - this.#since;
    this.#work = work;
    this.#since = now;
  }

  /** Of all runs, to the millisecond. */
  get times(): RunTimes {
    this.turnTo(this.#work);
    const { trainedSeconds, diagnosedSeconds } = this.#before;
    return {
      trainedSeconds: Math.round(trainedSeconds * 1000 + this.#ms.training) / 1000,
      diagnosedSeconds: Math.round((diagnosedSeconds ?? 0) * 1000 + this.#ms.diagnosis) / 1000,
    };
  }
}
