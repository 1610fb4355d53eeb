/**
 * The report: says from a trained model and data it has not seen how far it looks back, what it makes of the
 * information there is, and what stands in its way.
 */
import type { DoctorReport, Finding } from '../doctor/doctor-schema.ts';
import { type Before, comparisonOf } from './comparison.ts';
import { tilts, untilted as untiltedPredict } from './figures/class-weights.ts';
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
  /** Of the classes in the loss that was trained. */
  classWeights?: readonly number[];
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
  const untilted = withoutClassWeights(request);
  // What class weights tilt is nothing that the model has not learned.
  const isLower = untilted !== undefined && untilted.heldOut.loss < judgements.scores.heldOut.loss;
  const figures = measureFigures({ ...request, judgements, untilted: isLower ? untilted : undefined }, doctor);
  const { usesPast, influence } = figures;
  const comparison = before && comparisonOf(figures.heldOut, judgements.losses, judged, before);
  const heldOut = isLower ? { ...figures.heldOut, ...untilted.heldOut } : figures.heldOut;
  const learned = learnedInformation({ ...figures, heldOut }, doctor, optimum, isSplitByOrder);
  const statements = statementsOf({
    heldOut,
    tilt: untilted && { loss: figures.heldOut.loss, without: untilted.heldOut.loss },
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
    ...(untilted ? { withoutClassWeights: untilted.heldOut } : {}),
    ...figures,
    baselines: doctor.entropies,
    effectiveMemory: values,
    findings: [...doctor.findings, ...curveFindings],
  };
}

/** What the model loses where the class weights it was trained with are taken out; undefined: they tilt nothing. */
function withoutClassWeights({ predict, judged, classWeights }: ReportRequest) {
  if (!tilts(classWeights)) return undefined;
  const plain = untiltedPredict(predict, classWeights);
  const { scores, losses } = score(plain, judged);
  const { loss, standardError } = scores.heldOut;
  return { predict: plain, losses, heldOut: { loss, ...(standardError === undefined ? {} : { standardError }) } };
}
