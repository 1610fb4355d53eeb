/**
 * The sequences that a report is judged on: all of a held-out part, or as many of them as its share of time allows,
 * evenly spread.
 */

import type { LabelledSequence } from '../../../data/batching/sequence-batches.ts';
import type { HeldOut } from '../../../data/held-out.ts';
import { unknowable } from '../../../data/task.ts';
import { leastBlocks } from './blocks.ts';

/** What a held-out part says of itself, and its sequences as an array. */
export interface Judged extends Omit<HeldOut, 'part' | 'count' | 'steps' | 'fits' | 'batches' | 'sequences'> {
  /** Not told: a dataset that a caller chose. */
  part?: HeldOut['part'];
  sequences: LabelledSequence[];
  /** Sequences of the whole part. */
  sequencesInPart: number;
}

/**
 * Some `steps` steps of a part. Of many sequences every so manieth is taken; where fewer than twenty would be left,
 * the beginnings of twenty. Those with their label at the end are never cut, and one is always taken; of a lane, what
 * warms it up and as much again.
 */
export function judgedOf(heldOut: HeldOut, steps = Number.POSITIVE_INFINITY): Judged {
  const { count, steps: stepsInPart, fits: _, batches: __, sequences: all, ...about } = heldOut;
  const { features, labelsAt, warmUp } = about;
  const share = Math.min(1, steps / stepsInPart);
  const least = labelsAt === 'end' ? 1 : Math.min(count, leastBlocks);
  const taken = Math.min(count, Math.max(least, Math.floor(share * count)));
  const longest = labelsAt === 'end' ? Number.POSITIVE_INFINITY : Math.max(1, 2 * warmUp, steps / taken);
  const isTaken = (s: number) => Math.floor(((s + 1) * taken) / count) > Math.floor((s * taken) / count);
  const sequences = Array.from(all(isTaken), ({ inputs, labels }) => {
    const length = share < 1 ? Math.min(labels.length, Math.ceil(longest)) : labels.length;
    return { inputs: inputs.subarray(0, length * features), labels: labels.subarray(0, length) };
  });
  return { ...about, sequences, sequencesInPart: count };
}

/** A labelled step: its sequence, and its place there. */
export interface LabelledStep {
  sequence: number;
  at: number;
}

/** The steps that count, in their order. */
export function judgedSteps({ sequences, warmUp }: Judged): LabelledStep[] {
  const steps: LabelledStep[] = [];
  for (const [sequence, { labels }] of sequences.entries()) {
    for (let at = warmUp; at < labels.length; at++) if (labels[at] !== unknowable) steps.push({ sequence, at });
  }
  return steps;
}
