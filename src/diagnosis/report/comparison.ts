/**
 * A job beside the one before it. Where both were judged on the very same sequences, they are compared block by block:
 * what is hard in a block is hard for both, and falls out of the difference.
 */
import { createHash } from 'node:crypto';
import type { DataRequest } from '../../data/training-data.ts';
import { standardErrorOf } from './figures/blocks.ts';
import type { Judged } from './figures/judged.ts';
import { blockSums } from './figures/scores.ts';
import type { Report } from './report-schema.ts';

/** What a report is made of, as a later job needs it. */
export interface JudgedLosses {
  /** Equal for the same labelled steps of the same sequences. */
  sequences: string;
  /** Base64 of 32-bit floats, little-endian: the sum of the losses of each block, in nats. */
  sums: string;
}

/** The job before, or the weights that this one started from. */
export interface Before {
  job: string;
  /** What is compared is the weights that this one started from, and not what the job made of them. */
  isStart?: boolean;
  heldOut: Pick<Report['heldOut'], 'loss' | 'standardError'>;
  /** The sum of its losses in each block, where it was judged on the same sequences. */
  sums?: ArrayLike<number>;
}

/** @param losses of each labelled step of `judged`. */
export function judgedLosses(request: DataRequest, judged: Judged, losses: Float32Array): JudgedLosses {
  const sums = Float32Array.from(blockSums(losses, judged), ({ sum }) => sum);
  return { sequences: identityOf(request, judged), sums: Buffer.from(sums.buffer).toString('base64') };
}

/** Those of a job before; undefined: it was judged on other sequences. */
export function sumsOnTheSame(ours: JudgedLosses, before: JudgedLosses | undefined): Float32Array | undefined {
  if (before?.sequences !== ours.sequences) return undefined;
  return new Float32Array(Uint8Array.from(Buffer.from(before.sums, 'base64')).buffer);
}

/** All that decides which sequences are held out and how much of them is judged, with their labels. */
function identityOf({ task, data, training: { seed } }: DataRequest, judged: Judged): string {
  const { part, sequencesInPart, warmUp, sequences } = judged;
  const { layout, rows, batchSize, sequenceLength, split } = data;
  const drawn = split?.by === 'order' ? { split } : { split, seed };
  const from = task.type === 'dataset' ? drawn : { layout, rows, batchSize, sequenceLength, seed };
  const hash = createHash('sha256').update(JSON.stringify({ task, from, part, sequencesInPart, warmUp }));
  for (const { labels } of sequences) {
    hash.update(String(labels.length)).update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  }
  return hash.digest('hex');
}

/** @param losses of this job, of each labelled step of `judged`. */
export function comparisonOf(
  { loss, standardError = 0 }: Report['heldOut'],
  losses: Float32Array,
  judged: Judged,
  { job, heldOut, sums }: Before,
): NonNullable<Report['comparison']> {
  const blocks = blockSums(losses, judged);
  const difference = loss - heldOut.loss;
  if (sums?.length !== blocks.length) {
    const unpaired = Math.hypot(standardError, heldOut.standardError ?? 0);
    return { job, loss: heldOut.loss, difference, standardError: unpaired, paired: false };
  }
  const differences = blocks.map(({ sum, steps }, b) => ({ sum: sum - sums[b], steps }));
  return { job, loss: heldOut.loss, difference, standardError: standardErrorOf(differences) ?? 0, paired: true };
}
