/**
 * What a loss can be held against: what the doctor counted that the present, or so many past values, can tell, and the
 * floor where one is proven.
 */
import type { DoctorReport } from '../../diagnosis/doctor/doctor-schema.ts';
import type { ReportSummary } from '../../diagnosis/report/report-schema.ts';
import { countedText } from '../format.ts';

export interface Baseline {
  label: string;
  nats: number;
  kind: 'nothing' | 'present' | 'past' | 'floor';
}

/** A line that is nearer than this share of the labels' entropy to the one above it tells nothing new. */
const level = 0.01;
/** More lines than this hide the curve. */
const mostPastLines = 3;

export function baselinesOf(
  doctor?: DoctorReport,
  report?: Pick<ReportSummary, 'reachable' | 'baselines'>,
): Baseline[] {
  const entropies = report?.baselines ?? doctor?.entropies ?? [];
  const labelEntropy = entropies[0]?.nats ?? 0;
  const lines: Baseline[] = [];
  for (const { depth, nats } of entropies) {
    const above = lines.at(-1);
    if (depth > 1 && above && above.nats - nats <= level * labelEntropy) continue;
    lines.push({ label: labelOf(depth), nats, kind: depth === 0 ? 'nothing' : depth === 1 ? 'present' : 'past' });
  }
  const shown = lines.slice(0, 2).concat(lines.slice(2).slice(-mostPastLines));
  const floor = floorOf(doctor, report);
  if (floor === undefined) return shown;
  const lowest = shown.at(-1);
  const isLowest = lowest !== undefined && Math.abs(lowest.nats - floor) <= level * labelEntropy;
  if (!isLowest) return [...shown, { label: 'proven floor', nats: floor, kind: 'floor' }];
  return [...shown.slice(0, -1), { label: `${lowest.label}, the proven floor`, nats: floor, kind: 'floor' }];
}

function labelOf(depth: number): string {
  if (depth === 0) return 'class frequencies alone';
  return depth === 1 ? 'the present alone' : depth === 2 ? 'one past value' : `${countedText(depth - 1, 'past value')}`;
}

/** A loss that no model can go below on average. */
function floorOf(doctor?: DoctorReport, report?: Pick<ReportSummary, 'reachable'>): number | undefined {
  if (report?.reachable) return report.reachable.source === 'proven' ? report.reachable.nats : undefined;
  const evidence = doctor?.findings.find(({ code }) => code === 'label-outside-row')?.evidence;
  return evidence?.floorIsProven === true && typeof evidence.floor === 'number' ? evidence.floor : undefined;
}
