/**
 * The sequences that a report is judged on: those of a held-out part, or as many of them as the report's share of time allows.
 */

import type { LabelledSequence } from '../../data/batching/sequence-batches.ts';
import type { HeldOut } from '../../data/held-out.ts';

/** What a held-out part says of itself, and its sequences as an array. */
export interface Judged extends Omit<HeldOut, 'count' | 'fits' | 'batches' | 'sequences'> {
  sequences: LabelledSequence[];
  /** Sequences of the whole part. */
  sequencesInPart: number;
}

/**
 * The first sequences of a part that together have at most `steps` steps: at least one, whatever its length, but for a
 * lane, which can be cut.
 */
export function judgedOf(heldOut: HeldOut, steps = Number.POSITIVE_INFINITY): Judged {
  const { count, fits: _, batches: __, sequences: all, ...about } = heldOut;
  const { features, rowLength, warmUp } = about;
  const longest = rowLength === undefined ? Number.POSITIVE_INFINITY : Math.max(steps, 2 * warmUp);
  const sequences: LabelledSequence[] = [];
  let sum = 0;
  for (const { inputs, labels } of all()) {
    const length = Math.min(labels.length, longest);
    sum += length;
    if (sequences.length > 0 && sum > steps) break;
    sequences.push({ inputs: inputs.subarray(0, length * features), labels: labels.subarray(0, length) });
  }
  return { ...about, sequences, sequencesInPart: count };
}
