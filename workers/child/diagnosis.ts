/**
 * The diagnosis of a run: what the doctor says of its data, before the training, and what the report says of its model, after it.
 */

import { weightsHash } from '../../src/checkpoints/format/checkpoint.ts';
import { loadInitial } from '../../src/checkpoints/initial/initial-model.ts';
import type { Dataset } from '../../src/data/datasets/dataset.ts';
import type { DatasetSheet } from '../../src/data/datasets/sheet.ts';
import { StoredDataset } from '../../src/data/datasets/stored/stored.ts';
import type { HeldOut } from '../../src/data/held-out.ts';
import { taskOf } from '../../src/data/tasks/index.ts';
import type { Encoding } from '../../src/data/training-data.ts';
import { usedBefore } from '../../src/data/used-before.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { DoctorReport, ExaminationDepth } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { type JudgedLosses, judgedLosses, sumsOnTheSame } from '../../src/diagnosis/report/comparison.ts';
import { type CurveContext, type Curves, curveFindings } from '../../src/diagnosis/report/curves.ts';
import { affordableSteps, reportSeconds } from '../../src/diagnosis/report/figures/budget.ts';
import { type Judged, judgedOf } from '../../src/diagnosis/report/figures/judged.ts';
import { modelNames } from '../../src/diagnosis/report/figures/names.ts';
import { blockSums, type Predict, score } from '../../src/diagnosis/report/figures/scores.ts';
import { makeReport, type ReportRequest } from '../../src/diagnosis/report/report.ts';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import { ReportStore } from '../../src/diagnosis/report/report-store.ts';
import { doctorOfJudged } from '../../src/diagnosis/report/verdict/learned.ts';
import { isFlattered } from '../../src/diagnosis/report/verdict/verdict.ts';
import { sampleOfStored } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { sampleOfSpec } from '../../src/diagnosis/sampling/sample.ts';
import { secondsPerStep } from '../../src/engine/costs.ts';
import { predictingEngine } from '../../src/engine/predicting.ts';
import type { LabelPlace, ModelDescription } from '../../src/model/description.ts';
import { InitialModelLostError, NotFoundError } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import type { BlobStore } from '../../src/storage/blob-store.ts';
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

/** What a report is made on. */
export interface Trained {
  model: ModelDescription;
  heldOut: HeldOut | null;
  /** Of a built-in task there is none. */
  dataset?: Dataset;
  encoding: Encoding;
  classWeights?: readonly number[];
}

export class Diagnosis {
  readonly #assignment: Assignment;
  readonly #blobs: BlobStore;
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
    blobs: BlobStore,
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
    { model, heldOut, dataset, encoding, classWeights }: Trained,
    judgedWeights: () => Promise<JudgedWeights>,
    curves: Curves,
  ): Promise<void> {
    if (!heldOut) return;
    await this.#attempt('no report could be made', async () => {
      const { job, spec, engine } = this.#assignment;
      const { step, weights, lastStep } = await judgedWeights();
      const { batchSize, sequenceLength } = spec.data;
      const trainingStep = secondsPerStep(engine.name, { model, batchSize, sequenceLength }, assumedThreads);
      const affordable = affordableSteps(model, reportSeconds(trainingStep * (lastStep ?? step)));
      const doctor = await this.#examination(model);
      const judged = judgedOf(heldOut, affordable.scores);
      const startedFrom = startOf(spec);
      const used = await this.#usedBefore(heldOut.part, dataset);
      const judgements = withPredictor(model, weights, (predict) => score(predict, judged));
      const losses = judgedLosses(spec, judged, judgements.losses);
      // What was trained on before is no measure of whether anything got better.
      const before = isFlattered({ startedFrom, usedBefore: used })
        ? undefined
        : await this.#before(model, judged, losses);
      const report = withPredictor(model, weights, (predict) =>
        makeReport({
          predict,
          judged,
          judgements,
          doctor,
          names: modelNames(encoding),
          checkpoint: { step, sha256: weightsHash(weights) },
          lastStep,
          seed: spec.training.seed,
          affordableSteps: affordable,
          curveFindings: curveFindings(
            curves,
            curveContext(spec, doctorOfJudged(doctor, isSplitByOrder(spec)), judged.labelsAt),
          ),
          startedFrom,
          usedBefore: used,
          before,
          classWeights,
          isSplitByOrder: isSplitByOrder(spec),
          optimum: optimumOf(spec),
        }),
      );
      await new ReportStore(this.#blobs).save(job, report, losses);
      // The tables of a model with many classes are too long for an event; the report itself has them.
      const { confusion: _, perClass: __, perPosition: ___, labels: ____, features: _____, ...summary } = report;
      this.#tell({ type: 'finding', event: { type: 'report', data: summary } });
    });
  }

  /** What of the held-out part the jobs used that this one goes on from; undefined: they held out the same. */
  async #usedBefore(part: HeldOut['part'], dataset: Dataset | undefined): Promise<ReportRequest['usedBefore']> {
    const { trainedBefore, spec } = this.#assignment;
    if (!dataset || trainedBefore?.length === 0) return undefined;
    const own = { split: spec.data.split, seed: spec.training.seed, part };
    const open = (sheet: DatasetSheet) => new StoredDataset(this.#blobs, sheet).open();
    const used = await usedBefore(dataset, own, trainedBefore ?? [], open);
    return trainedBefore === null ? { heldOut: used.heldOut } : used;
  }

  /** What this job is compared with: the job that it is based on, or else the weights that it started from. */
  async #before(model: ModelDescription, judged: Judged, ours: JudgedLosses): Promise<ReportRequest['before']> {
    const { job, spec } = this.#assignment;
    const { basedOn, initFrom } = spec;
    try {
      if (basedOn !== undefined) {
        const { report, judged: theirs } = await new ReportStore(this.#blobs).loadJudged(basedOn);
        return { job: basedOn, heldOut: report.heldOut, sums: sumsOnTheSame(ours, theirs) };
      }
      if (initFrom?.job === undefined) return undefined;
      const { weights } = await loadInitial(this.#blobs, job, initFrom.sha256);
      const { scores, losses } = withPredictor(model, weights, (predict) => score(predict, judged));
      const sums = blockSums(losses, judged).map(({ sum }) => sum);
      return { job: initFrom.job, isStart: true, heldOut: scores.heldOut, sums };
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof InitialModelLostError) return undefined;
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

function isSplitByOrder({ task, data }: Assignment['spec']): boolean {
  return task.type === 'dataset' && data.split?.by === 'order';
}

function withPredictor<T>(model: ModelDescription, weights: Float32Array, use: (predict: Predict) => T): T {
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
  const isKnown = entropies.length > 0 && training.classWeights === undefined;
  return {
    learningRate: optimizer.learningRate,
    steps: training.steps,
    epochs: training.epochs,
    units: typeof model.units === 'number' ? model.units : undefined,
    stopsEarly: training.earlyStopping !== undefined,
    labelsPerBatch: data.batchSize * (labelsAt === 'end' ? 1 : data.sequenceLength),
    labelEntropy,
    // With class weights the loss of batches is another, which these are no measure of.
    known: isKnown ? Math.min(...entropies.map(({ nats }) => nats)) : Number.POSITIVE_INFINITY,
    limits,
  };
}
