/**
 * By how many steps labels may be shifted: probes that see 0, 1, 2, … steps beyond the label, compared at the same labels
 * of the same held-out blocks.
 */
import { blockStandardError } from '../../probing/held-out-blocks.ts';
import { probeSeed } from '../../probing/past.ts';
import { cropSteps } from '../../probing/probe.ts';
import type { ProbedData } from '../../probing/probed-data.ts';
import { type Probed, probe } from '../../probing/staircase.ts';

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
 * what lies farther.
 */
export const lookaheads = [3, 12];
const furthest = 12;
/** Share of the gain that may be missing with fewer steps. */
const missing = 0.1;
/** One-sided t over some twenty blocks: p = 4e-4. */
const leastT = 4;
const shortTraining = 300;

/** The least number of steps beyond the label with which labels are known as well as with more; undefined: there is none. */
export function locateShift(data: ProbedData): LocatedShift | undefined {
  const none = lowestLosses(probeAhead(data, 0, furthest));
  if (!none) return undefined;
  const found: { steps: number; nats: number; losses: Float64Array }[] = [];
  const least = () => Math.min(...found.map(({ nats }) => nats));
  for (const steps of tried) {
    const some = lowestLosses(probeAhead(data, steps, furthest));
    if (!some) return undefined;
    found.push({ steps, ...some });
    const best = found.findIndex(({ nats }) => nats === least());
    if (none.nats > least() && best < found.length - 2) break;
  }
  const enough = found.find(({ nats }) => nats - least() <= missing * (none.nats - least()));
  if (!enough || enough.steps === furthest) return undefined;
  const gains = none.losses.map((loss, j) => loss - enough.losses[j]);
  const error = blockStandardError(gains, none.blocks) ?? Number.POSITIVE_INFINITY;
  return none.nats - enough.nats > leastT * error
    ? { steps: enough.steps, natsWithPast: none.nats, natsWithFuture: enough.nats }
    : undefined;
}

/**
 * A probe that sees the past of each label and `ahead` steps beyond it. Labels with fewer than `room` steps after them in
 * their row do not count: so the same ones do for every `ahead` up to that.
 */
export function probeAhead(data: ProbedData, ahead: number, room = ahead): Probed | undefined {
  const depths = 2 * ahead < cropSteps ? [2 * Math.max(ahead, furthest), cropSteps] : [cropSteps];
  return probe(delayed(data, ahead, room), { seed: probeSeed, steps: shortTraining, depths });
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

/** At the number of values that loses least. */
function lowestLosses(probed: Probed | undefined) {
  if (!probed) return undefined;
  const { staircase, losses, blocks } = probed;
  const k = staircase.reduce((low, { nats }, at) => (nats < staircase[low].nats ? at : low), 0);
  return { nats: staircase[k].nats, losses: losses[k], blocks };
}
