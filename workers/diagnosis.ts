/**
 * The diagnosis of a run: what the doctor says of its data, beside the training, and what the report says of its model, after it.
 */

import { folders } from '../src/config.ts';
import type { HeldOut as DatasetHeldOut } from '../src/data/training-data.ts';
import type { DoctorReport } from '../src/diagnosis/doctor-schema.ts';
import { Examiner } from '../src/diagnosis/examiner.ts';
import { heldOutOfSequences, heldOutOfSpec } from '../src/diagnosis/held-out.ts';
import { thoroughReplacements } from '../src/diagnosis/influence.ts';
import { makeReport } from '../src/diagnosis/report.ts';
import { ReportStore } from '../src/diagnosis/report-store.ts';
import { forwardFlops, type ModelShape } from '../src/engine/model.ts';
import { simdEngine } from '../src/engine/simd/engine.ts';
import type { Assignment, FromChild } from './messages.ts';

/** A report's share of the model's own time: some seconds for the largest ones. */
const reportFlops = 2e10;
const heldOutSteps = { least: 2_000, most: 20_000 };
const leastReplacements = 20;
/** Steps that the model runs through for one replacement, at most. */
const stepsPerReplacement = 400;

export interface Diagnosis {
  /** Makes the report of a trained model, and stores it. The held-out part of a dataset has to be given; a built-in task has as much of it as one likes. */
  report(shape: ModelShape, weights: Float32Array, heldOut?: DatasetHeldOut | null): Promise<void>;
  close(): Promise<void>;
}

/** Starts to examine the data; the findings are told as soon as they are known. */
export function diagnose({ job, spec, data, isExamined }: Assignment, tell: (m: FromChild) => void): Diagnosis {
  const examiner = new Examiner(data);
  const examination = examiner.examine(spec);
  examination.then(
    (doctor) => {
      if (!isExamined) tell({ type: 'finding', event: { type: 'doctor', data: doctor } });
    },
    () => {},
  );
  const report = async (shape: ModelShape, weights: Float32Array, heldOut?: DatasetHeldOut | null) => {
    // A split that keeps nothing back leaves nothing to report on.
    if (heldOut === null) return;
    const made = reportOn(shape, weights, spec, heldOut, await examination);
    await new ReportStore(folders(data).checkpoints).save(job, made);
    // The tables of a model with many classes are too long for an event; the report itself has them.
    const { confusion: _, perClass: __, perPosition: ___, ...summary } = made;
    tell({ type: 'finding', event: { type: 'report', data: summary } });
  };
  return {
    // A model is trained and stored by now: better without a report than lost.
    report: (shape, weights, heldOut) =>
      report(shape, weights, heldOut).catch((error) => {
        const details = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
        tell({ type: 'note', level: 'warn', message: 'no report could be made', details });
      }),
    close: () => examiner.close(),
  };
}

function reportOn(
  shape: ModelShape,
  weights: Float32Array,
  spec: Assignment['spec'],
  dataset: DatasetHeldOut | undefined,
  doctor: DoctorReport,
) {
  const affordableSteps = reportFlops / 2 / forwardFlops(shape, 1);
  const steps = Math.max(heldOutSteps.least, Math.min(heldOutSteps.most, Math.floor(affordableSteps)));
  const affordable = Math.floor(affordableSteps / stepsPerReplacement);
  const predictor = simdEngine.createPredictor(shape, weights);
  try {
    return makeReport({
      predict: (inputs, length) => predictor.predict(inputs, length),
      heldOut: dataset ? heldOutOfSequences(dataset.sequences(), shape, steps) : heldOutOfSpec(spec, steps),
      doctor,
      seed: spec.training.seed,
      replacements: Math.max(leastReplacements, Math.min(thoroughReplacements, affordable)),
    });
  } finally {
    predictor.dispose();
  }
}
