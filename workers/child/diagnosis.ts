/**
 * The diagnosis of a run: what the doctor says of its data, before the training, and what the report says of its model, after it.
 */

import { weightsHash } from '../../src/checkpoints/format/checkpoint.ts';
import type { StoredDataset } from '../../src/data/datasets/stored/stored.ts';
import type { HeldOut } from '../../src/data/held-out.ts';
import type { Encoding } from '../../src/data/training-data.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { DoctorReport } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { thoroughReplacements } from '../../src/diagnosis/report/influence.ts';
import { judgedOf } from '../../src/diagnosis/report/judged.ts';
import { makeReport, type ReportRequest } from '../../src/diagnosis/report/report.ts';
import { ReportStore } from '../../src/diagnosis/report/report-store.ts';
import { sampleOfStored } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { sampleOfSpec } from '../../src/diagnosis/sampling/sample.ts';
import { predictingEngine } from '../../src/engine/predicting.ts';
import { forwardFlops } from '../../src/model/cost.ts';
import type { ModelDescription } from '../../src/model/description.ts';
import type { Blobs } from '../../src/storage/blob-store.ts';
import type { Assignment, FromChild } from '../messages.ts';

/** A report's share of the model's own time: some seconds for the largest ones. */
const reportFlops = 2e10;
const heldOutSteps = { least: 2_000, most: 20_000 };
const leastReplacements = 20;
/** Steps that the model runs through for one replacement, at most. */
const stepsPerReplacement = 400;

/** Weights that a report is made of. */
export interface JudgedWeights {
  step: number;
  weights: Float32Array;
  /** Where the training ended, if later. */
  lastStep?: number;
}

export class Diagnosis {
  readonly #assignment: Assignment;
  readonly #blobs: Blobs;
  readonly #stored: StoredDataset | null;
  readonly #tell: (message: FromChild) => void;
  #doctor: DoctorReport | null;

  /** @param stored the dataset of the job, if it has one. */
  constructor(assignment: Assignment, blobs: Blobs, stored: StoredDataset | null, tell: (message: FromChild) => void) {
    this.#assignment = assignment;
    this.#blobs = blobs;
    this.#stored = stored;
    this.#tell = tell;
    this.#doctor = assignment.doctor;
  }

  /** Examines the data and tells what was found, unless an earlier run of the job has. */
  async examineData(): Promise<void> {
    if (this.#assignment.isExamined) return;
    await this.#attempt('the data could not be examined', async () => {
      this.#tell({ type: 'finding', event: { type: 'doctor', data: await this.#examination() } });
    });
  }

  /**
   * Makes the report of a trained model, and stores it; where the split keeps nothing back there is nothing to report
   * on, and none is made.
   */
  async report(
    model: ModelDescription,
    judgedWeights: () => Promise<JudgedWeights>,
    heldOut: HeldOut | null,
    encoding: Encoding,
  ): Promise<void> {
    if (!heldOut) return;
    await this.#attempt('no report could be made', async () => {
      const { job, spec } = this.#assignment;
      const names = { labels: encoding.labels ?? undefined, features: featureNames(encoding) };
      const report = reportOn(model, await judgedWeights(), spec, heldOut, await this.#examination(), names);
      await new ReportStore(this.#blobs).save(job, report);
      // The tables of a model with many classes are too long for an event; the report itself has them.
      const { confusion: _, perClass: __, perPosition: ___, labels: ____, features: _____, ...summary } = report;
      this.#tell({ type: 'finding', event: { type: 'report', data: summary } });
    });
  }

  async #examination(): Promise<DoctorReport> {
    const { spec } = this.#assignment;
    this.#doctor ??= examine(this.#stored ? await sampleOfStored(this.#stored, spec) : sampleOfSpec(spec));
    return this.#doctor;
  }

  /** A job is worth more than its diagnosis: what goes wrong here is noted, and the run goes on. */
  async #attempt(failure: string, diagnose: () => Promise<void>): Promise<void> {
    try {
      await diagnose();
    } catch (error) {
      const details = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      this.#tell({ type: 'note', level: 'warn', message: failure, details });
    }
  }
}

function featureNames({ inputs }: Encoding): string[] | undefined {
  return inputs.kind === 'numbers' ? inputs.names : undefined;
}

function reportOn(
  model: ModelDescription,
  { step, weights, lastStep }: JudgedWeights,
  spec: Assignment['spec'],
  heldOut: HeldOut,
  doctor: DoctorReport,
  names: ReportRequest['names'],
) {
  const affordableSteps = reportFlops / 2 / forwardFlops(model, 1);
  const steps = Math.max(heldOutSteps.least, Math.min(heldOutSteps.most, Math.floor(affordableSteps)));
  const affordable = Math.floor(affordableSteps / stepsPerReplacement);
  const predictor = predictingEngine.createPredictor(model, weights);
  try {
    return makeReport({
      predict: (inputs, length) => predictor.predict(inputs, length),
      judged: judgedOf(heldOut, steps),
      doctor,
      names,
      checkpoint: { step, sha256: weightsHash(weights) },
      lastStep,
      seed: spec.training.seed,
      replacements: Math.max(leastReplacements, Math.min(thoroughReplacements, affordable)),
    });
  } finally {
    predictor.dispose();
  }
}
