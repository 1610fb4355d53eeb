/**
 * How much of what can be known of the labels a model has learned: its held-out loss against the losses that others are
 * known to reach, its own among them, and against the floor, where one is proven.
 */
import { entropy } from '../../counting/entropy.ts';
import type { DoctorReport, Finding } from '../../doctor/doctor-schema.ts';
import type { Report } from '../report-schema.ts';

export interface Learned {
  /** H(label), in nats: what someone loses who knows only how frequent each class is. */
  labelEntropy: number;
  /** What counting or a probe makes of the present value alone, in nats. */
  presentAlone: number;
  /** No model is on average below it, in nats. undefined: none is proven. */
  floor?: number;
  /** The lowest loss that is known to be reached, that of the model among them. */
  reachable: NonNullable<Report['reachable']>;
  /** The lowest that others are known to reach, the model left out. */
  others: { nats: number; source: 'counted' | 'probe' };
  informationUsed: number;
}

/**
 * What the doctor says of the labels that a model is judged by. Where the split follows the order of the data, what is known
 * of the whole says nothing of its last part: there, counting all others is what the model is held against.
 */
export function doctorOfJudged(doctor: DoctorReport, isSplitByOrder: boolean): DoctorReport {
  if (!isSplitByOrder) return doctor;
  const { floor, judgedEntropies = [] } = doctor;
  return { ...doctor, entropies: judgedEntropies, floor: floor === 0 ? floor : undefined };
}

/** @param optimum a loss below which no model is on average, in nats, where one is known in closed form. */
export function learnedInformation(
  { heldOut: { loss }, perClass }: Pick<Report, 'heldOut' | 'perClass'>,
  doctor: DoctorReport,
  optimum?: number,
  isSplitByOrder = false,
): Learned {
  const { labelEntropy, presentAlone } = knownOfLabels(perClass, doctor);
  const ofJudged = isSplitByOrder ? { ...doctor, findings: [] } : doctor;
  const others = lowestOfOthers(ofJudged, labelEntropy);
  // Each of the two is a lower bound where it is known: what a row lacks comes on top of what nobody can know.
  const proven = [optimum, provenFloor(ofJudged, labelEntropy, others.nats)].filter((nats) => nats !== undefined);
  const floor = proven.length > 0 ? Math.max(...proven) : undefined;
  const isProven = floor !== undefined && Math.min(others.nats, loss) <= 1.1 * floor + 1e-3 * labelEntropy;
  const reachable: Learned['reachable'] = isProven
    ? { nats: Math.min(floor, loss), source: 'proven' }
    : loss < others.nats
      ? { nats: loss, source: 'model' }
      : others;
  const available = labelEntropy - Math.min(floor ?? 0, loss);
  const informationUsed = available > 1e-9 ? Math.min(1, Math.max(0, (labelEntropy - loss) / available)) : 0;
  return { labelEntropy, presentAlone, floor, reachable, others, informationUsed };
}

/** What can be said of the labels before the model is looked at. Where the doctor could not count, the held-out ones are. */
export function knownOfLabels(
  perClass: Report['perClass'],
  doctor?: DoctorReport,
): Pick<Learned, 'labelEntropy' | 'presentAlone'> {
  const entropies = doctor?.entropies ?? [];
  const total = perClass.reduce((sum, { steps }) => sum + steps, 0);
  const labelEntropy = entropies[0]?.nats ?? entropy(perClass.map(({ steps }) => steps / Math.max(1, total)));
  const present = entropies.find(({ depth }) => depth === 1)?.nats;
  return { labelEntropy, presentAlone: Math.min(labelEntropy, present ?? labelEntropy) };
}

function lowestOfOthers({ entropies, findings }: DoctorReport, labelEntropy: number): Learned['others'] {
  const lowest = entropies.reduce<Learned['others']>(
    (least, { nats, source = 'counted' }) => (nats < least.nats ? { nats, source } : least),
    { nats: labelEntropy, source: 'counted' },
  );
  const elsewhere = findingOf(findings, 'axes-swapped')?.evidence.natsReachable;
  return typeof elsewhere === 'number' && elsewhere < lowest.nats ? { nats: elsewhere, source: 'counted' } : lowest;
}

/** Nothing is left to explain, or just what was proven to be out of reach. */
function provenFloor({ floor, findings }: DoctorReport, labelEntropy: number, reached: number): number | undefined {
  if (floor !== undefined) return floor;
  const outside = findingOf(findings, 'label-outside-row')?.evidence;
  const ofRows = outside?.floorIsProven === true && typeof outside.floor === 'number' ? outside.floor : 0;
  return reached <= 1.1 * ofRows + 1e-3 * labelEntropy ? reached : undefined;
}

/** Counting sees every value as it is: none was put into bins, no feature left out. */
export function countsExactly({ binned, featuresUsed }: DoctorReport): boolean {
  return !binned && featuresUsed === undefined;
}

export function findingOf(findings: readonly Finding[], code: Finding['code']): Finding | undefined {
  return findings.find((found) => found.code === code);
}
