/**
 * Labels that later values explain and past ones do not: shifted against their inputs, or forecasts, which are no
 * mistake. A forecast's label follows from one later value alone.
 */
import { entropy } from '../../counting/entropy.ts';
import type { ProbedPast } from '../../probing/past.ts';
import type { Sample } from '../../sampling/sample.ts';
import { counted, nats } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';
import { changesAhead } from './label-changes.ts';
import { glance, locateShift, lookaheads, probeAhead } from './shift-probes.ts';

/**
 * What the future has to tell beside the past, as a share of H(y), and of what is known with it: half of that, since a
 * hidden state is known as well by what follows as by what came before. Where changes of the label go with inputs ahead
 * of them, that is half of the proof, and less will do. So it will where the future tells half as much again as the past and
 * paired probes show how many steps of it are enough.
 */
const share = { ofEntropy: 0.2, ofKnown: 0.5 };
const shareWhereChangesLieAhead = { ofEntropy: 0.03, ofKnown: 0 };
const shareOfShift = { ofEntropy: 0.05, ofKnown: 0.2, timesPast: 1.5 };
const errors = 3;

/** At a glance so much of each share will do: a short training learns less. */
const atAGlance = 0.5;

export function hindsightFinding(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  if (sample.labelsAt === 'end' || sample.layout) return undefined;
  const alone = lowest(past.comparable);
  const changes = changesAhead(sample);
  const least = changes === undefined ? shareOfShift : shareWhereChangesLieAhead;
  if (alone.nats < least.ofEntropy * labelEntropy) return undefined;
  const fromPast = past.comparable[0].nats - alone.nats;
  const beyond = changes === undefined ? lookaheads : [changes + 1];
  const glimpse = lowestAhead(past, beyond, glance);
  if (!glimpse || alone.nats - glimpse.nats < atAGlance * shareOf(least, labelEntropy, glimpse.nats)) return undefined;
  if (isForecast(sample)) return undefined;
  const found = lowestAhead(past, beyond);
  if (!found) return undefined;
  const { ahead, ...known } = found;
  const gain = alone.nats - known.nats;
  const error = Math.hypot(alone.standardError ?? gain, known.standardError ?? gain);
  const reaches = (of: typeof share) => gain >= Math.max(errors * error, shareOf(of, labelEntropy, known.nats));
  const isClear = reaches(changes === undefined ? share : shareWhereChangesLieAhead);
  const mayBeShift = changes === undefined && reaches(shareOfShift) && gain >= shareOfShift.timesPast * fromPast;
  if (!isClear && !mayBeShift) return undefined;
  const located = changes === undefined ? locateShift(past.data) : undefined;
  if (!isClear && !located) return undefined;
  const shift = changes ?? located?.steps;
  const natsWithPast = Math.min(alone.nats, located?.natsWithPast ?? alone.nats);
  const natsWithFuture = Math.min(known.nats, located?.natsWithFuture ?? known.nats);
  return futureFinding('a small model', shift ?? ahead, shift, { natsWithPast, natsWithFuture }, changes !== undefined);
}

/** What is known with so many steps beyond the label as tell most. */
function lowestAhead({ data }: ProbedPast, beyond: readonly number[], share?: number) {
  const probes = beyond.flatMap((ahead) => {
    const probed = probeAhead(data, ahead, { share });
    return probed ? [{ ahead, ...lowest(probed.staircase) }] : [];
  });
  return probes.length > 0 ? lowest(probes) : undefined;
}

/** The nats that are such a share of the labels' entropy, and of what is known of them. */
function shareOf({ ofEntropy, ofKnown }: typeof share, labelEntropy: number, nats: number): number {
  return Math.max(ofEntropy * labelEntropy, ofKnown * (labelEntropy - nats));
}

/** `by`: who knows the labels so well. `shift`: steps by which labels are early, if they are shifted. */
function futureFinding(
  by: string,
  stepsAhead: number,
  shift: number | undefined,
  known: { natsWithPast: number; natsWithFuture: number },
  changesTell = false,
): Finding {
  const changes = changesTell ? ` (their changes go with inputs ${counted(stepsAhead, 'step')} ahead)` : '';
  return {
    code: 'label-depends-on-future',
    severity: 'warning',
    message: `Labels depend on values up to ${counted(stepsAhead, 'step')} ahead: ${by} knows them down to ${nats(known.natsWithPast)} nats with the past alone, and down to ${nats(known.natsWithFuture)} with what comes after. The model reads from the past to the present; are labels shifted against their inputs${changes}, or the sequences reversed?${shift === undefined ? '' : ` ${moveLater(shift)}`}`,
    evidence: { stepsAhead, ...known, ...(shift === undefined ? {} : { shift }) },
  };
}

/** A finding by counts of bins, which hide what lies farther ahead, with the shift that probes show, if they show one. */
export function withProbedShift(finding: Finding, past: ProbedPast): Finding {
  const located = locateShift(past.data);
  const { natsWithPast, natsWithFuture } = finding.evidence;
  if (!located || located.natsWithFuture >= Number(natsWithFuture)) return finding;
  return futureFinding('a small model', located.steps, located.steps, {
    natsWithPast: Math.min(Number(natsWithPast), located.natsWithPast),
    natsWithFuture: located.natsWithFuture,
  });
}

/** What to do about labels that are so many steps early. */
export function moveLater(steps: number): string {
  return `If they are shifted, move each label ${counted(steps, 'step')} later.`;
}

/** Steps ahead at which a label may be the value of then, and share of H(y) that may be left of it. */
const furthestForecast = 32;
const leftOfForecast = 0.05;
const bins = 64;
/** Steps that a forecast is looked for on. */
const measuredSteps = 20_000;

/**
 * The label follows from one later value of one feature, or from its difference to the present one: a threshold, a sign,
 * a class of the next symbol.
 */
export function isForecast(sample: Sample): boolean {
  const { features, inputs, labels, mask, starts, classes } = sample;
  const isToken = sample.inputKind === 'symbols';
  const rowEnd = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) rowEnd.fill(starts[r + 1], starts[r], starts[r + 1]);
  const stride = Math.max(1, Math.floor(labels.length / measuredSteps));
  const steps: number[] = [];
  for (let step = 0; step < labels.length; step += stride) if (mask[step] > 0) steps.push(step);
  for (let ahead = 1; ahead <= furthestForecast; ahead++) {
    const pairs = steps.filter((step) => step + ahead < rowEnd[step]);
    if (pairs.length < 50) return false;
    const ofPairs = pairs.map((step) => labels[step]);
    for (let i = 0; i < features; i++) {
      const later = pairs.map((step) => inputs[(step + ahead) * features + i]);
      const change = pairs.map((step, k) => later[k] - inputs[step * features + i]);
      const limit = leftOfForecast * entropy(sharesOf(ofPairs, classes));
      if (entropyGiven(later, ofPairs, classes, isToken) <= limit) return true;
      if (!isToken && entropyGiven(change, ofPairs, classes) <= limit) return true;
    }
  }
  return false;
}

function sharesOf(labels: number[], classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label] += 1 / labels.length;
  return shares;
}

/** H(label | value): tokens, and values where they are few, as they are, otherwise in bins that each hold whole runs of equal values. */
function entropyGiven(values: number[], labels: number[], classes: number, isToken = false): number {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const least = values.length / bins;
  const isFew = isToken || new Set(values).size <= bins;
  let sum = 0;
  let group = new Int32Array(classes);
  let size = 0;
  for (const [k, at] of order.entries()) {
    group[labels[at]]++;
    size++;
    const isLast = k + 1 === order.length;
    const ends = isLast || values[order[k + 1]] !== values[at];
    if (!isLast && !(ends && (isFew || size >= least))) continue;
    sum += size * entropy(Float64Array.from(group, (count) => count / size));
    group = new Int32Array(classes);
    size = 0;
  }
  return sum / values.length;
}

function lowest<Step extends { nats: number }>(staircase: readonly Step[]): Step {
  return staircase.reduce((low, step) => (step.nats < low.nats ? step : low));
}
