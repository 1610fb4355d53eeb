/**
 * By how many steps labels may be shifted: probes that see 0, 1, 2, … steps beyond the label, compared at the same labels
 * of the same held-out blocks.
 */
import { blockStandardError } from '../../probing/held-out-blocks.ts';
import { lowest, type Probed } from '../../probing/mixture.ts';
import { probeSeed } from '../../probing/past.ts';
import { cropSteps } from '../../probing/probe.ts';
import type { ProbedData } from '../../probing/probed-data.ts';
import { probe } from '../../probing/staircase.ts';

export interface LocatedShift {
  /** Values that far beyond the label are needed, and none beyond that. */
  steps: number;
  /** What a probe knows labels down to without and with them, in nats, at the same labels. */
  natsWithPast: number;
  natsWithFuture: number;
}

/** Steps beyond the label that are tried, until more no longer tell more. */
const tried = [1, 2, 3, 4, 6, 8, 12];
/**
 * Steps beyond the label that show whether any tell of it: few, since a probe soon learns what lies near, and many, for
 * what lies farther. Where a probe costs much, the last alone is looked at first.
 */
export const lookaheads = [3, 12];
const furthest = 12;
/** Share of the gain that may be missing with fewer steps. */
const missing = 0.1;
/** One-sided t over some twenty blocks: p = 4e-4. */
const leastT = 4;
/** Shares of the usual training: where a shift is looked for, and before, where it is seen whether any tells enough. */
const shortTraining = 0.5;
export const glance = 0.25;

/** The least number of steps beyond the label with which labels are known as well as with more; undefined: there is none. */
export function locateShift(data: ProbedData): LocatedShift | undefined {
  const none = lowestLosses(probeAhead(data, 0, { room: furthest }));
  if (!none) return undefined;
  const found: (HeldOutLosses & { steps: number })[] = [];
  const isTried = (steps: number) => {
    const some = lowestLosses(probeAhead(data, steps, { room: furthest }));
    if (some) found.push({ steps, ...some });
    return some !== undefined;
  };
  for (const steps of tried) {
    if (!isTried(steps)) return undefined;
    const best = found.indexOf(lowest(found));
    if (none.nats > found[best].nats && best < found.length - 2) break;
  }
  const enough = () => {
    const least = lowest(found).nats;
    return leastSteps(found.filter(({ nats }) => nats - least <= missing * (none.nats - least)));
  };
  const between = enough().steps - 1;
  if (enough().steps === furthest || (!tried.includes(between) && between > 0 && !isTried(between))) return undefined;
  const { steps, nats, losses } = enough();
  const gains = none.losses.map((loss, j) => loss - losses[j]);
  const error = blockStandardError(gains, none.blocks) ?? Number.POSITIVE_INFINITY;
  return none.nats - nats > leastT * error ? { steps, natsWithPast: none.nats, natsWithFuture: nats } : undefined;
}

function leastSteps<Found extends { steps: number }>(found: readonly Found[]): Found {
  return found.reduce((low, one) => (one.steps < low.steps ? one : low));
}

/**
 * A probe that sees the past of each label and `ahead` steps beyond it. Labels with fewer than `room` steps after them in
 * their row do not count: so the same ones do for every `ahead` up to that. `share` of the usual training.
 */
export function probeAhead(
  data: ProbedData,
  ahead: number,
  { room = ahead, share = shortTraining } = {},
): Probed | undefined {
  const depths = 2 * ahead < cropSteps ? [2 * Math.max(ahead, furthest), cropSteps] : [cropSteps];
  return probe(delayed(data, ahead, room), { seed: probeSeed, share, depths });
}

/** The same rows with each label `steps` later: a probe that sees the past of the later step sees so much of the label's future. */
function delayed(data: ProbedData, steps: number, room: number): ProbedData {
  const labels = new Int32Array(data.labels.length);
  const mask = new Float32Array(labels.length);
  for (let r = 0; r + 1 < data.starts.length; r++) {
    for (let step = data.starts[r]; step + room < data.starts[r + 1]; step++) {
      labels[step + steps] = data.labels[step];
      mask[step + steps] = data.mask[step];
    }
  }
  return { ...data, labels, mask };
}

interface HeldOutLosses {
  nats: number;
  losses: Float64Array;
  blocks: Int32Array;
}

/** At the number of values that loses least. */
function lowestLosses(probed: Probed | undefined): HeldOutLosses | undefined {
  if (!probed) return undefined;
  const { staircase, losses, judged } = probed;
  const k = staircase.indexOf(lowest(staircase));
  return { nats: staircase[k].nats, losses: losses[k], blocks: judged.blocks };
}
