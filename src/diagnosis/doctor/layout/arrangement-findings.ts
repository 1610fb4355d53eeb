/**
 * Time that runs along another axis than the rows, where the past tells something too: inputs are more alike there, and
 * a probe on the rows that would be right knows the labels better than one on the rows as they are.
 */
import type { Examination } from '../../counting/examination.ts';
import { heldOutEntropies } from '../../counting/held-out-entropies.ts';
import { attainable, type OrderSearch, searchOrder } from '../../counting/order.ts';
import { blockStandardError } from '../../probing/held-out-blocks.ts';
import { lowest, type Probed, type ProbedDepth } from '../../probing/mixture.ts';
import { judgedByAll, type ProbedPast, probeSeed } from '../../probing/past.ts';
import { longestRow, probedData } from '../../probing/probed-data.ts';
import { probe } from '../../probing/staircase.ts';
import { strideAxis } from '../../sampling/axes.ts';
import { coherenceOf, rowsGoOn, withinRows } from '../../sampling/coherence.ts';
import { joined, strided, turnedRows } from '../../sampling/rearranged.ts';
import type { Sample } from '../../sampling/sample.ts';
import { counted, nats } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';
import { isForecast } from '../future/forecast.ts';
import { likeness } from '../sheet/value-findings.ts';

/** By how much inputs must be more alike along the other axis; and how much less is still about as alike. */
const moreAlike = 0.1;
const asAlike = 0.02;
/**
 * What the other rows must tell of the labels beyond these: a share of their entropy, more where inputs are only about
 * as alike there, and so many standard errors.
 */
const toldShare = { probed: 0.05, counted: 0.1, whereAsAlike: 0.2 };
const toldErrors = { probed: 3, counted: 4 };
/** Values that contexts are counted by along the other axis, the present one included. */
const countedDepth = 4;
/** Distances in the file at which the step before may lie, besides those that the shape of the rows suggests. */
const mostStride = 256;
/** Pairs of steps that tell whether a distance is worth to be looked at more closely. */
const glancedPairs = 4_000;

/** `past`: what probes know of the whole sample, of which the examination counted a part; without it, by counting alone. */
export function arrangementFinding(whole: Sample, examination: Examination, past?: ProbedPast): Finding | undefined {
  if (whole.labelsAt === 'end' || whole.layout || whole.starts.length <= 2) return undefined;
  const labelEntropy = examination.time.depths[0].fit.nats;
  return (
    (past && cutRows(whole, past, labelEntropy)) ??
    timeElsewhere(whole, examination, past) ??
    (past && exchangedFeatures(whole, past, labelEntropy))
  );
}

function timeElsewhere(whole: Sample, examination: Examination, past?: ProbedPast): Finding | undefined {
  const rows = whole.starts.length - 1;
  const length = whole.starts[1];
  const isEqual = whole.starts.every((start, r) => start === r * length);
  const likest = likestStride(whole, [rows, ...(isEqual ? [length] : [])]);
  if (!likest) return undefined;
  const { stride } = likest;
  // A day of a signal that repeats itself is as like the day before: only what a probe knows along the rows says more.
  const isMoreAlike = likest.coherenceAtStride > likest.coherenceAlongTime + moreAlike;
  if (!past && !isMoreAlike) return undefined;
  const labelEntropy = examination.time.depths[0].fit.nats;
  const told = countedThere(examination, stride, past) ?? (past && probedThere(whole, stride, past, labelEntropy));
  if (!told) return undefined;
  // A single value so many steps back tells along the rows, too.
  const own = Math.min(told.own, attainable(examination.known));
  if (own - told.there < (isMoreAlike ? 0 : toldShare.whereAsAlike * labelEntropy)) return undefined;
  const evidence = { ...likest, natsWithRows: own, natsReachable: told.there };
  const known = `${told.by} the labels down to ${nats(told.there)} nats there, and down to ${nats(own)} along the rows`;
  if (isEqual && stride === length) {
    return {
      code: 'axes-swapped',
      severity: 'error',
      message: `Time runs along the batch axis: neighbouring rows are ${likest.coherenceAtStride > likest.coherenceAlongTime ? 'more alike than' : 'about as alike as'} neighbouring steps, and ${known}. Upload the data transposed: one sequence for what is now one position in all sequences.`,
      evidence: { ...evidence, remedy: 'transpose-upload' },
    };
  }
  return {
    code: 'streams-interleaved',
    severity: 'error',
    message: `Each row mixes ${stride} streams: the step that continues one lies ${stride} steps further on, and ${known}. Was an array of [time, ${stride}] reshaped where it should have been transposed? Upload the steps that lie ${stride} apart, end to end, as one sequence.`,
    evidence: { ...evidence, remedy: 'upload-every-nth-step' },
  };
}

/**
 * The distance at which steps are most alike, if they are clearly more so than neighbours in rows; or about as much, and
 * more than at the distances beside it.
 */
function likestStride(sample: Sample, suggested: number[]) {
  const coherence = coherenceOf(sample);
  const coherenceAlongTime = coherence(1, withinRows(sample));
  const isPeak = (stride: number, here: number) => here > coherence(stride - 1) && here > coherence(stride + 1);
  let best = { stride: 1, coherenceAlongTime, coherenceAtStride: coherenceAlongTime - asAlike };
  for (const stride of new Set([...suggested, ...Array.from({ length: mostStride - 1 }, (_, k) => k + 2)])) {
    if (stride < 2 || stride > sample.labels.length / 8) continue;
    if (coherence(stride, undefined, glancedPairs) < best.coherenceAtStride - moreAlike / 2) continue;
    const here = coherence(stride);
    if (here <= best.coherenceAtStride) continue;
    if (here > coherenceAlongTime + moreAlike || (here > moreAlike && isPeak(stride, here)))
      best = { ...best, stride, coherenceAtStride: here };
  }
  return best.stride === 1 ? undefined : best;
}

/** What someone knows of the labels along the rows as they are, and along the other axis, in nats. */
interface Told {
  by: string;
  own: number;
  there: number;
}

/** By counts of other blocks, at the same labels: of contexts of up to four values along either axis. */
function countedThere(examination: Examination, stride: number, past?: ProbedPast): Told | undefined {
  const { sample, symbols, labelled, time } = examination;
  const byProbe = past ? lowest(past.comparable).nats : Number.POSITIVE_INFINITY;
  const lossesOf = ({ depths }: OrderSearch) => {
    const ofDepth = heldOutEntropies(
      labelled,
      depths.map(({ fit }) => fit.grouping),
    );
    return lowest(ofDepth);
  };
  const own = lossesOf(time);
  const there = lossesOf(searchOrder(labelled, strideAxis(sample, stride), symbols, countedDepth));
  const gains = own.losses.map((loss, j) => loss - there.losses[j]);
  const error = blockStandardError(gains, Int32Array.from(labelled.blocks)) ?? Number.POSITIVE_INFINITY;
  const least = Math.max(toldShare.counted * time.depths[0].fit.nats, toldErrors.counted * error);
  const known = Math.min(own.nats, byProbe);
  return known - there.nats > least ? { by: 'counting explains', own: known, there: there.nats } : undefined;
}

/** By probes; where one that holds out a part of the blocks is not sure, by four that hold out all of them. */
function probedThere(whole: Sample, stride: number, past: ProbedPast, labelEntropy: number): Told | undefined {
  const rearranged = probedData(strided(whole, stride));
  const told = (there: Probed | undefined, own: readonly ProbedDepth[]) =>
    there && tellsMore(there.staircase, own, labelEntropy)
      ? { by: 'a small model knows', own: lowest(own).nats, there: lowest(there.staircase).nats }
      : undefined;
  const there = probe(rearranged, { seed: probeSeed });
  if (!there) return undefined;
  const atOnce = told(there, past.comparable);
  const seemsMore = lowest(past.comparable).nats - lowest(there.staircase).nats > toldShare.probed * labelEntropy;
  if (atOnce || !seemsMore) return atOnce;
  return told(probe(rearranged, { seed: probeSeed, allFolds: true }), judgedByAll(past));
}

/** Features, and steps of every row, from which on a row can be told from one that is turned round. */
const leastSquare = 8;

/**
 * Rows with as many steps as features, whose features are more alike than their steps and whose labels a probe knows
 * better with both exchanged. Turned round, a step holds later values too, so that a forecast proves nothing. With a label on each step,
 * rows of another shape cannot be turned round: they would have as many labels as features, which no upload may have.
 */
function exchangedFeatures(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  const { features, inputKind, starts } = sample;
  const isSquare = starts.every((start, r) => start === r * features);
  if (inputKind !== 'numbers' || features < leastSquare || !isSquare) return undefined;
  const { alongFeatures, alongSteps } = likeness(sample);
  if (alongFeatures < alongSteps + moreAlike || isForecast(sample)) return undefined;
  const turned = probe(probedData(turnedRows(sample)), { seed: probeSeed });
  if (!turned || !tellsMore(turned.staircase, past.comparable, labelEntropy)) return undefined;
  const [own, there] = [lowest(past.comparable).nats, lowest(turned.staircase).nats];
  return {
    code: 'features-hold-time',
    severity: 'error',
    message: `Rows have as many steps as features (${features}), and a small model knows labels down to ${nats(there)} nats with steps and features exchanged, and down to ${nats(own)} as they are. Do rows hold [channel, time]? Upload [time, channel].`,
    evidence: { features, rowLength: features, alongFeatures, alongSteps, natsWithRows: own, natsReachable: there },
  };
}

/** Share of the usual training for a probe that only has to show a difference. */
const shortTraining = 0.5;

/** Short rows that go on where the ones before them end, and hold less than their labels need. */
function cutRows(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  if (!rowsGoOn(sample)) return undefined;
  const longest = longestRow(sample);
  const whole = probe(probedData(joined(sample)), { seed: probeSeed, share: shortTraining });
  if (!whole || !tellsMore(whole.staircase, past.comparable, labelEntropy)) return undefined;
  const [alone, together] = [lowest(past.comparable).nats, lowest(whole.staircase).nats];
  return {
    code: 'rows-too-short',
    severity: 'error',
    message: `Rows have ${counted(longest, 'step')} at most and go on where the ones before them end; their labels need more. A small model knows labels down to ${nats(alone)} nats within rows, and down to ${nats(together)} with the rows before. Upload longer sequences.`,
    evidence: { rowLength: longest, natsWithRows: alone, natsReachable: together },
  };
}

function tellsMore(other: readonly ProbedDepth[], own: readonly ProbedDepth[], labelEntropy: number): boolean {
  const [a, b] = [lowest(other), lowest(own)];
  const error = Math.hypot(a.standardError ?? Number.POSITIVE_INFINITY, b.standardError ?? Number.POSITIVE_INFINITY);
  return b.nats - a.nats > Math.max(toldShare.probed * labelEntropy, toldErrors.probed * error);
}
