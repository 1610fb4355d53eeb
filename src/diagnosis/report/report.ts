/**
 * The report: says from a trained model and data it has not seen how far it looks back, what it makes of the
 * information there is, and what stands in its way.
 */
import { Random } from '../../model/random.ts';
import type { DoctorReport } from '../doctor/doctor-schema.ts';
import { measureInfluence } from './influence.ts';
import type { Judged } from './judged.ts';
import type { Report } from './report-schema.ts';
import { type Predict, score } from './scores.ts';
import { learnedInformation, verdictOf } from './verdict.ts';

export interface ReportRequest {
  /** The model, as an engine's predictor runs it. */
  predict: Predict;
  /** In the layout and the rows of the training. */
  judged: Judged;
  /** Names of classes and features, where they have some. */
  names?: { labels?: readonly (string | number)[]; features?: readonly string[] };
  /** Where the weights come from. */
  checkpoint?: Report['checkpoint'];
  /** The step at which the training ended, where that is not the checkpoint's. */
  lastStep?: number;
  /** What the doctor said of the training data. */
  doctor: DoctorReport;
  /** Draws the values that are replaced: the same report for the same model. */
  seed: number;
  /** The lowest loss that any model can reach, in nats, where it is known in closed form. */
  optimum?: number;
  /** Values that are replaced to measure the influence; fewer make the report cheaper, and its influences less exact. */
  replacements?: number;
}

/** Runs the model over the held-out data once, and over parts of them twice for each replacement. */
export function makeReport({
  predict,
  judged,
  names = {},
  checkpoint,
  lastStep,
  doctor,
  seed,
  optimum,
  replacements,
}: ReportRequest): Report {
  const scores = score(predict, judged);
  const { influence, effectiveMemory } = measureInfluence(
    predict,
    judged,
    Random.seeded(seed, 'diagnosis'),
    replacements,
  );
  const { loss } = scores.heldOut;
  const learned = learnedInformation(loss, doctor, effectiveMemory, optimum);
  const judgement = {
    heldOut: scores.heldOut,
    effectiveMemory,
    learned,
    bestStep: lastStep && checkpoint?.step,
    lastStep,
  };
  return {
    verdict: verdictOf(judgement, doctor),
    ...(checkpoint ? { checkpoint } : {}),
    order: learned.order,
    informationUsed: learned.informationUsed,
    reachable: learned.reachable,
    ...scores,
    ...(names.labels ? { labels: [...names.labels] } : {}),
    ...(names.features ? { features: [...names.features] } : {}),
    perClass: scores.perClass.map((score, c) => (names.labels ? { ...score, label: names.labels[c] } : score)),
    baselines: doctor.entropies,
    influence,
    effectiveMemory,
    findings: doctor.findings,
  };
}
