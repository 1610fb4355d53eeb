/**
 * The report: says from a trained model and data it has not seen how far it looks back, what it makes of the
 * information there is, and what stands in its way.
 */
import type { DoctorReport, Finding } from '../doctor/doctor-schema.ts';
import { type FiguresRequest, measureFigures } from './figures/figures.ts';
import { pastShareOf } from './memory/influence.ts';
import type { Report } from './report-schema.ts';
import { learnedInformation } from './verdict/learned.ts';
import { statementsOf } from './verdict/verdict.ts';

export interface ReportRequest extends FiguresRequest {
  /** Where the weights come from. */
  checkpoint?: Report['checkpoint'];
  /** The step at which the training ended, where that is not the checkpoint's. */
  lastStep?: number;
  /** What the doctor said of the training data. */
  doctor: DoctorReport;
  /** What the curves of the training show. */
  curveFindings?: readonly Finding[];
  /** The checkpoint whose weights the training started from. */
  startedFrom?: Report['startedFrom'];
  /** The jobs whose weights it goes on from may have trained on what is held out here. */
  isTrainedBefore?: boolean;
  /** The job that this one is based on, or whose weights it started from, and its held-out loss. */
  before?: { job: string; heldOut: Report['heldOut'] };
  /** A loss below which no model is on average, in nats, where one is known in closed form. */
  optimum?: number;
}

export function makeReport(request: ReportRequest): Report {
  const { checkpoint, lastStep, doctor, curveFindings = [], startedFrom, isTrainedBefore, before, optimum } = request;
  const figures = measureFigures(request, doctor);
  const { heldOut, usesPast, influence } = figures;
  const learned = learnedInformation(figures, doctor, optimum);
  const comparison = before && comparisonOf(heldOut, before);
  const statements = statementsOf({
    heldOut,
    learned,
    usesPast,
    pastShare: pastShareOf(influence),
    bestStep: lastStep && checkpoint?.step,
    lastStep,
    startedFrom,
    isTrainedBefore,
    comparison,
    doctor,
  });
  const values = usesPast?.values ?? 0;
  return {
    verdict: statements.map(({ text }) => text).join(' '),
    statements,
    ...(checkpoint ? { checkpoint } : {}),
    order: values,
    informationUsed: learned.informationUsed,
    reachable: learned.reachable,
    ...(learned.floor === undefined ? {} : { floor: learned.floor }),
    ...(startedFrom ? { startedFrom } : {}),
    ...(comparison ? { comparison } : {}),
    ...figures,
    baselines: doctor.entropies,
    effectiveMemory: values,
    findings: [...doctor.findings, ...curveFindings],
  };
}

function comparisonOf(
  { loss, standardError = 0 }: Report['heldOut'],
  { job, heldOut }: NonNullable<ReportRequest['before']>,
): NonNullable<Report['comparison']> {
  return {
    job,
    loss: heldOut.loss,
    difference: loss - heldOut.loss,
    standardError: Math.hypot(standardError, heldOut.standardError ?? 0),
  };
}
