/**
 * Labels that later values explain and past ones do not: shifted against their inputs, or forecasts, which are no
 * mistake. A forecast's label follows from one later value alone.
 */
import { lowest, type ProbedDepth } from '../../probing/mixture.ts';
import type { ProbedPast } from '../../probing/past.ts';
import { isCostly } from '../../probing/staircase.ts';
import type { Sample } from '../../sampling/sample.ts';
import { counted, nats } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';
import { isForecast } from './forecast.ts';
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

export interface Hindsight {
  finding?: Finding;
  /** What a probe knows that sees ahead of the labels, and was trained shortly; undefined: none was. */
  glimpse?: ProbedDepth;
}

/** @param past what probes know without any later value. */
export function hindsight(sample: Sample, past: ProbedPast, labelEntropy: number): Hindsight {
  if (sample.labelsAt === 'end' || sample.layout) return {};
  const alone = lowest(past.comparable);
  const changes = changesAhead(sample);
  const least = changes === undefined ? shareOfShift : shareWhereChangesLieAhead;
  if (alone.nats < least.ofEntropy * labelEntropy) return {};
  const beyond = changes === undefined ? lookaheads : [changes + 1];
  const glimpse = lowestAhead(past, isCostly(past.data) ? beyond.slice(-1) : beyond, glance);
  if (!glimpse || alone.nats - glimpse.nats < atAGlance * shareOf(least, labelEntropy, glimpse.nats))
    return { glimpse };
  const finding = isForecast(sample) ? undefined : findingAhead(past, labelEntropy, beyond, changes);
  return { glimpse, finding };
}

function findingAhead(past: ProbedPast, labelEntropy: number, beyond: readonly number[], changes?: number) {
  const alone = lowest(past.comparable);
  const fromPast = past.comparable[0].nats - alone.nats;
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
