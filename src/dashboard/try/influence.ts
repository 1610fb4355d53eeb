/**
 * How much each step of a sequence moves the probabilities at a later one: the step is replaced by other values, and the
 * model asked again. The measure is that of the report, the mean Jensen–Shannon divergence, in nats.
 */
import { client } from '../service.ts';
import type { Step } from './sequence-input.ts';

export interface InfluenceQuestion {
  job: string;
  checkpoint: 'latest' | 'best' | number;
  initialState: 'trained' | 'zero';
  steps: readonly Step[];
  /** [T][C] of the sequence as it is. */
  probabilities: readonly (readonly number[])[];
  /** Values that a step may have instead. */
  alternatives: readonly Step[];
}

/** Sequences in one request, and steps that are replaced: the last of a long one. */
const mostSequences = 400;
const mostReplaced = 96;
/** Values that a step is replaced by. */
const mostAlternatives = 4;

/** [past step][later step]; steps that were not replaced have no row. */
export type Influences = readonly (readonly number[] | undefined)[];

export async function influences(question: InfluenceQuestion): Promise<Influences> {
  const { job, checkpoint, initialState, steps, probabilities } = question;
  const first = Math.max(0, steps.length - mostReplaced);
  const changed: { at: number; sequence: Step[] }[] = [];
  for (let at = first; at < steps.length; at++) {
    for (const value of others(question.alternatives, steps[at])) changed.push({ at, sequence: steps.with(at, value) });
  }
  const sums: (number[] | undefined)[] = steps.map(() => undefined);
  const counts = steps.map(() => 0);
  for (let i = 0; i < changed.length; i += mostSequences) {
    const part = changed.slice(i, i + mostSequences);
    const { predictions } = await client.predict(
      job,
      part.map(({ sequence }) => sequence),
      checkpoint,
      initialState,
    );
    for (const [n, { at }] of part.entries()) {
      sums[at] ??= steps.map(() => 0);
      const row = sums[at];
      counts[at]++;
      for (let t = at; t < steps.length; t++) row[t] += divergence(probabilities[t], predictions[n].probabilities[t]);
    }
  }
  return sums.map((row, at) => row?.map((sum) => sum / counts[at]));
}

function others(alternatives: readonly Step[], step: Step): Step[] {
  const known = JSON.stringify(step);
  return alternatives.filter((value) => JSON.stringify(value) !== known).slice(0, mostAlternatives);
}

/** Jensen–Shannon divergence of two distributions (Lin, IEEE Transactions on Information Theory 37(1), 1991). */
export function divergence(p: readonly number[], q: readonly number[]): number {
  let sum = 0;
  for (const [i, a] of p.entries()) {
    const b = q[i];
    const middle = (a + b) / 2;
    if (a > 0) sum += (a * Math.log(a / middle)) / 2;
    if (b > 0) sum += (b * Math.log(b / middle)) / 2;
  }
  return Math.max(0, sum);
}

/** Different values of a list, in their order. */
export function distinct(steps: readonly Step[]): Step[] {
  return [...new Map(steps.map((step) => [JSON.stringify(step), step])).values()];
}
