/**
 * How fast a run trains, as its worker sees it from the steps that the process tells.
 */
import type { JobPace } from '../../src/jobs/record.ts';

/** The pace is that of so long a time: long enough to level out evaluations and checkpoints. */
const windowMs = 20_000;

export class Pace {
  readonly #samples: { atMs: number; step: number }[] = [];

  /** The run has trained `step` steps, as of the monotonic time `atMs`. */
  add(step: number, atMs: number): void {
    this.#samples.push({ atMs, step });
    while (atMs - this.#samples[0].atMs > windowMs && this.#samples.length > 2) this.#samples.shift();
  }

  /** null: too little is known. @param steps of the whole job. */
  of(steps: number): JobPace | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.step <= first.step) return null;
    const stepsPerSecond = ((last.step - first.step) * 1000) / (last.atMs - first.atMs);
    return { stepsPerSecond, etaSeconds: Math.max(0, steps - last.step) / stepsPerSecond };
  }
}
