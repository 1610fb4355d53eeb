/**
 * Time that runs along another axis than the rows, where the past tells something too: inputs are more alike there, and
 * a probe on the rows that would be right knows the labels better than one on the rows as they are.
 */
import { type ProbedPast, probeSeed } from '../probing/past.ts';
import { probedData } from '../probing/probed-data.ts';
import { type ProbedDepth, probe } from '../probing/staircase.ts';
import { coherenceOf } from '../sampling/coherence.ts';
import { joined, strided } from '../sampling/rearranged.ts';
import type { Sample } from '../sampling/sample.ts';
import { counted, nats } from '../wording.ts';
import type { Finding } from './doctor-schema.ts';

/** By how much inputs must be more alike along the other axis. */
const moreAlike = 0.1;
/** What the other rows must tell of the labels beyond these: a share of their entropy, and so many standard errors. */
const toldShare = 0.1;
const toldErrors = 3;
/** Steps of a probe that only has to show a difference. */
const shortTraining = 300;
/** Distances in the file at which the step before may lie, besides those that the shape of the rows suggests. */
const mostStride = 256;

/** @param labelEntropy H(y), in nats. */
export function arrangementFinding(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  if (sample.labelsAt === 'end' || sample.layout || sample.starts.length <= 2) return undefined;
  return cutRows(sample, past, labelEntropy) ?? timeElsewhere(sample, past, labelEntropy);
}

function timeElsewhere(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  const coherence = coherenceOf(sample);
  const rows = sample.starts.length - 1;
  const length = sample.starts[1];
  const isEqual = sample.starts.every((start, r) => start === r * length);
  const alongTime = coherence(1, sameRow(sample));
  const strides = [rows, ...(isEqual ? [length] : []), ...Array.from({ length: mostStride - 1 }, (_, k) => k + 2)];
  let best = { stride: 1, coherence: alongTime + moreAlike };
  for (const stride of new Set(strides)) {
    if (stride < 2 || stride > sample.labels.length / 8) continue;
    const here = coherence(stride);
    if (here > best.coherence) best = { stride, coherence: here };
  }
  if (best.stride === 1) return undefined;
  const other = probe(probedData(strided(sample, best.stride)), { seed: probeSeed, steps: shortTraining });
  if (!other || !tellsMore(other.staircase, past.staircase, labelEntropy)) return undefined;
  const evidence = {
    stride: best.stride,
    coherenceAlongTime: alongTime,
    coherenceAtStride: best.coherence,
    natsWithRows: last(past.staircase).nats,
    natsReachable: last(other.staircase).nats,
  };
  const told = `a small model knows the labels down to ${nats(last(other.staircase).nats)} nats there, and down to ${nats(last(past.staircase).nats)} along the rows`;
  if (isEqual && best.stride === length) {
    return {
      code: 'axes-swapped',
      severity: 'error',
      message: `Time runs along the batch axis: neighbouring rows are more alike than neighbouring steps, and ${told}. Upload the data transposed: one sequence for what is now one position in all sequences.`,
      evidence: { ...evidence, remedy: 'transpose-upload' },
    };
  }
  return {
    code: 'streams-interleaved',
    severity: 'error',
    message: `Each row mixes ${best.stride} streams: the step that continues one lies ${best.stride} steps further on, and ${told}. Was an array of [time, ${best.stride}] reshaped where it should have been transposed? Upload every ${best.stride}th step of the file, end to end, as one sequence.`,
    evidence: { ...evidence, remedy: 'upload-every-nth-step' },
  };
}

/** Longest rows that are looked at for what the rows before them tell. */
const shortRows = 32;
/** Share of the likeness within rows that there must be across their borders. */
const continued = 0.8;

/** Short rows that go on where the ones before them end, and hold less than their labels need. */
function cutRows(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  const { starts } = sample;
  const longest = starts.reduce((most, start, r) => (r === 0 ? most : Math.max(most, start - starts[r - 1])), 0);
  if (longest > shortRows || starts.length < 100) return undefined;
  const coherence = coherenceOf(sample);
  const within = sameRow(sample);
  const [inside, across] = [coherence(1, within), coherence(1, (step, before) => !within(step, before))];
  if (across < continued * inside || across < moreAlike) return undefined;
  const whole = probe(probedData(joined(sample)), { seed: probeSeed, steps: shortTraining });
  if (!whole || !tellsMore(whole.staircase, past.staircase, labelEntropy)) return undefined;
  const [alone, together] = [last(past.staircase).nats, last(whole.staircase).nats];
  return {
    code: 'rows-too-short',
    severity: 'error',
    message: `Rows have ${counted(longest, 'step')} at most and go on where the ones before them end; their labels need more. A small model knows labels down to ${nats(alone)} nats within rows, and down to ${nats(together)} with the rows before. Upload longer sequences.`,
    evidence: { rowLength: longest, natsWithRows: alone, natsReachable: together },
  };
}

function sameRow({ starts, labels }: Sample): (step: number, before: number) => boolean {
  const rowOf = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) rowOf.fill(r, starts[r], starts[r + 1]);
  return (step, before) => rowOf[step] === rowOf[before];
}

function tellsMore(other: readonly ProbedDepth[], own: readonly ProbedDepth[], labelEntropy: number): boolean {
  const [a, b] = [last(other), last(own)];
  const error = Math.hypot(a.standardError ?? Number.POSITIVE_INFINITY, b.standardError ?? Number.POSITIVE_INFINITY);
  return b.nats - a.nats > Math.max(toldShare * labelEntropy, toldErrors * error);
}

/** The lowest step of a staircase: a probe that sees more and uses it worse could ignore it. */
function last(staircase: readonly ProbedDepth[]): ProbedDepth {
  return staircase.reduce((low, step) => (step.nats < low.nats ? step : low));
}
