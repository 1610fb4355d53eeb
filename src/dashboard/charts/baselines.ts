/**
 * What a loss can be held against: what the doctor counted that the present, or so many past values, can tell, and the
 * floor where one is proven.
 */
import type { DoctorReport } from '../../diagnosis/doctor/doctor-schema.ts';
import type { ReportSummary } from '../../diagnosis/report/report-schema.ts';
import { countedText } from '../../text/figures.ts';

export interface Baseline {
  label: string;
  nats: number;
  kind: 'nothing' | 'present' | 'past' | 'floor';
}

/** A line that is nearer than this share of the labels' entropy to the one above it tells nothing new. */
const level = 0.01;
/** More lines than this hide the curve. */
const mostPastLines = 3;

export function baselinesOf(doctor?: DoctorReport, report?: Pick<ReportSummary, 'floor' | 'baselines'>): Baseline[] {
  const entropies = report?.baselines ?? doctor?.entropies ?? [];
  const labelEntropy = entropies[0]?.nats ?? 0;
  const lines: Baseline[] = [];
  for (const { depth, nats } of entropies) {
    const above = lines.at(-1);
    // What is proven to be explained by few values is explained by more: a probe may say less of them.
    if (depth > 1 && above && above.nats - nats <= level * labelEntropy) continue;
    lines.push({ label: labelOf(depth), nats, kind: depth === 0 ? 'nothing' : depth === 1 ? 'present' : 'past' });
  }
  const shown = lines.slice(0, 2).concat(lines.slice(2).slice(-mostPastLines));
  const floor = report ? report.floor : doctor?.floor;
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
