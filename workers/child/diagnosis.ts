/**
 * The diagnosis of a run: what the doctor says of its data, before the training, and what the report says of its model, after it.
 */

import { weightsHash } from '../../src/checkpoints/format/checkpoint.ts';
import type { StoredDataset } from '../../src/data/datasets/stored/stored.ts';
import type { HeldOut } from '../../src/data/held-out.ts';
import { taskOf } from '../../src/data/tasks/index.ts';
import type { Encoding } from '../../src/data/training-data.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { DoctorReport, ExaminationDepth } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { type CurveContext, type Curves, curveFindings } from '../../src/diagnosis/report/curves.ts';
import { affordableSteps, reportSeconds } from '../../src/diagnosis/report/figures/budget.ts';
import { judgedOf } from '../../src/diagnosis/report/figures/judged.ts';
import { modelNames } from '../../src/diagnosis/report/figures/names.ts';
import type { Predict } from '../../src/diagnosis/report/figures/scores.ts';
import { makeReport, type ReportRequest } from '../../src/diagnosis/report/report.ts';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import { ReportStore } from '../../src/diagnosis/report/report-store.ts';
import { sampleOfStored } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { sampleOfSpec } from '../../src/diagnosis/sampling/sample.ts';
import { secondsPerStep } from '../../src/engine/costs.ts';
import { predictingEngine } from '../../src/engine/predicting.ts';
import type { LabelPlace, ModelDescription } from '../../src/model/description.ts';
import { NotFoundError } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import type { Blobs } from '../../src/storage/blob-store.ts';
import type { Assignment, FromChild } from '../messages.ts';
import type { RunWork } from '../run-clock.ts';

/** Threads that a training is taken to run on: a guess that is never too long a training, and the same for every worker. */
const assumedThreads = 4;

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
  readonly #turnTo: (work: RunWork) => void;
  #doctor: DoctorReport | null;

  /**
   * @param stored the dataset of the job, if it has one.
   * @param turnTo told where a diagnosis begins, and where the run goes on.
   */
  constructor(
    assignment: Assignment,
    blobs: Blobs,
    stored: StoredDataset | null,
    tell: (message: FromChild) => void,
    turnTo: (work: RunWork) => void,
  ) {
    this.#assignment = assignment;
    this.#blobs = blobs;
    this.#stored = stored;
    this.#tell = tell;
    this.#turnTo = turnTo;
    this.#doctor = assignment.doctor;
  }

  /** Examines the data and tells what was found, unless an earlier run of the job has. */
  async examineData(model: ModelDescription): Promise<void> {
    if (this.#assignment.isExamined) return;
    await this.#attempt('the data could not be examined', async () => {
      this.#tell({ type: 'finding', event: { type: 'doctor', data: await this.#examination(model) } });
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
    curves: Curves,
  ): Promise<void> {
    if (!heldOut) return;
    await this.#attempt('no report could be made', async () => {
      const { job, spec, engine, isTrainedBefore } = this.#assignment;
      const { step, weights, lastStep } = await judgedWeights();
      const { batchSize, sequenceLength } = spec.data;
      const trainingStep = secondsPerStep(engine.name, { model, batchSize, sequenceLength }, assumedThreads);
      const affordable = affordableSteps(model, reportSeconds(trainingStep * (lastStep ?? step)));
      const doctor = await this.#examination(model);
      const judged = judgedOf(heldOut, affordable.scores);
      const startedFrom = startOf(spec);
      // What was trained on before is no measure of whether anything got better.
      const jobBefore = isTrainedBefore ? undefined : (spec.basedOn ?? startedFrom?.job);
      const before = jobBefore === undefined ? undefined : await this.#reportBefore(jobBefore);
      const report = withPredictor(model, weights, (predict) =>
        makeReport({
          predict,
          judged,
          doctor,
          names: modelNames(encoding),
          checkpoint: { step, sha256: weightsHash(weights) },
          lastStep,
          seed: spec.training.seed,
          affordableSteps: affordable,
          curveFindings: curveFindings(curves, curveContext(spec, doctor, judged.labelsAt)),
          startedFrom,
          isTrainedBefore,
          before,
          optimum: optimumOf(spec),
        }),
      );
      await new ReportStore(this.#blobs).save(job, report);
      // The tables of a model with many classes are too long for an event; the report itself has them.
      const { confusion: _, perClass: __, perPosition: ___, labels: ____, features: _____, ...summary } = report;
      this.#tell({ type: 'finding', event: { type: 'report', data: summary } });
    });
  }

  /** Of the job that came before this one; undefined: it has none, or is gone. */
  async #reportBefore(job: string): Promise<ReportRequest['before']> {
    try {
      return { job, heldOut: (await new ReportStore(this.#blobs).load(job)).heldOut };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  async #examination(model: ModelDescription): Promise<DoctorReport> {
    const { spec } = this.#assignment;
    const depth = examinationDepth(this.#assignment, model);
    if (this.#doctor === null || (depth === 'full' && this.#doctor.depth === 'quick')) {
      this.#doctor = examine(this.#stored ? await sampleOfStored(this.#stored, spec) : sampleOfSpec(spec), { depth });
    }
    return this.#doctor;
  }

  /** A job is worth more than its diagnosis: what goes wrong here is noted, and the run goes on. */
  async #attempt(failure: string, diagnose: () => Promise<void>): Promise<void> {
    this.#turnTo('diagnosis');
    try {
      await diagnose();
    } catch (error) {
      const details = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      this.#tell({ type: 'note', level: 'warn', message: failure, details });
    } finally {
      this.#turnTo('training');
    }
  }
}

/** The checkpoint that a job starts from, as a complete spec names it. */
function startOf({ initFrom }: Assignment['spec']): Report['startedFrom'] {
  const { job, checkpoint, sha256 } = initFrom ?? {};
  if (job === undefined || typeof checkpoint !== 'number' || sha256 === undefined) return undefined;
  return { job, step: checkpoint, sha256 };
}

/** Seconds of training below which a job does not wait for probes, which take two. */
const longTraining = 10;

function examinationDepth({ spec, engine }: Assignment, model: ModelDescription): ExaminationDepth {
  if (typeof spec.diagnose === 'string') return spec.diagnose;
  const { batchSize, sequenceLength } = spec.data;
  const perStep = secondsPerStep(engine.name, { model, batchSize, sequenceLength }, assumedThreads);
  return perStep * spec.training.steps < longTraining ? 'quick' : 'full';
}

/** A loss that no model of a built-in task is below on average, whether its rows begin streams or go on with them. */
function optimumOf({ task, data }: Assignment['spec']): number | undefined {
  if (task.type === 'dataset') return undefined;
  const { optimum } = taskOf(task);
  return Math.min(optimum().loss, optimum(data.sequenceLength).loss);
}

function withPredictor(model: ModelDescription, weights: Float32Array, use: (predict: Predict) => Report): Report {
  const predictor = predictingEngine.createPredictor(model, weights);
  try {
    return use((inputs, length) => predictor.predict(inputs, length));
  } finally {
    predictor.dispose();
  }
}

function curveContext(
  { optimizer, training, model, data }: Assignment['spec'],
  { entropies }: DoctorReport,
  labelsAt: LabelPlace,
): CurveContext {
  const labelEntropy = entropies[0]?.nats ?? 0;
  return {
    learningRate: optimizer.learningRate,
    steps: training.steps,
    epochs: training.epochs,
    units: typeof model.units === 'number' ? model.units : undefined,
    stopsEarly: training.earlyStopping !== undefined,
    labelsPerBatch: data.batchSize * (labelsAt === 'end' ? 1 : data.sequenceLength),
    labelEntropy,
    known: Math.min(labelEntropy, ...entropies.map(({ nats }) => nats)),
    limits,
  };
}
