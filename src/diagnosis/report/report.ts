/**
 * The report: says from a trained model and data it has not seen how far it looks back, what it makes of the
 * information there is, and what stands in its way.
 */
import type { DoctorReport, Finding } from '../doctor/doctor-schema.ts';
import { type Before, comparisonOf } from './comparison.ts';
import { type FiguresRequest, measureFigures } from './figures/figures.ts';
import { score } from './figures/scores.ts';
import { pastShareOf } from './memory/influence.ts';
import type { Report } from './report-schema.ts';
import { doctorOfJudged, learnedInformation } from './verdict/learned.ts';
import { type Judgement, statementsOf } from './verdict/verdict.ts';

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
  /** What of the held-out sequences the jobs whose weights it goes on from used, where they had other data, or split them otherwise. */
  usedBefore?: Judgement['usedBefore'];
  /** The job that this one is based on, or the weights that it started from. */
  before?: Before;
  /** The split follows the order of the data: what is known of the whole says nothing of what is judged. */
  isSplitByOrder?: boolean;
  /** A loss below which no model is on average, in nats, where one is known in closed form. */
  optimum?: number;
}

export function makeReport(request: ReportRequest): Report {
  const { checkpoint, lastStep, curveFindings = [], startedFrom, usedBefore, before, optimum } = request;
  const { isSplitByOrder = false } = request;
  const doctor = doctorOfJudged(request.doctor, isSplitByOrder);
  const { judged, judgements = score(request.predict, judged) } = request;
  const figures = measureFigures({ ...request, judgements }, doctor);
  const { heldOut, usesPast, influence } = figures;
  const learned = learnedInformation(figures, doctor, optimum, isSplitByOrder);
  const comparison = before && comparisonOf(heldOut, judgements.losses, judged, before);
  const statements = statementsOf({
    heldOut,
    learned,
    usesPast,
    pastShare: pastShareOf(influence),
    bestStep: lastStep && checkpoint?.step,
    lastStep,
    startedFrom,
    usedBefore,
    comparison,
    isComparedWithStart: before?.isStart,
    isSplitByOrder,
    doctor: request.doctor,
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
