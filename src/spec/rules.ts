/**
 * What must hold between the fields of a job spec, once each is within its own limits. What depends on a dataset waits
 * for its facts: `completion.ts` asks for it then.
 */
import type { z } from 'zod';
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { defaultSplit, splitSizes } from '../data/split.ts';
import { limits } from '../platform/limits.ts';
import { estimate, taskShape } from './described-model.ts';
import type { JobSpecFields } from './fields.ts';
import { defaultSequenceLength } from './sections.ts';

export type Refuse = (path: string[], message: string) => void;

/** What stands for `training.steps` until it follows from `training.epochs`: the most there may be. */
export const openSteps = limits.steps;

/**
 * The rules that hold between fields. Runs only over a spec whose fields are each within their own; those of a dataset
 * wait for its facts.
 */
export function checkFields(context: z.core.ParsePayload<JobSpecFields>): void {
  const spec = context.value;
  const refuse = (path: string[], message: string) => {
    const input = path.reduce<unknown>((value, key) => Reflect.get(value as object, key), spec);
    context.issues.push({ code: 'custom', path, message, input });
  };
  const { units, layers } = spec.model;
  if (Array.isArray(units) && units.length !== layers) {
    refuse(['model', 'units'], `lists ${units.length} layers, but model.layers is ${layers}`);
    return;
  }
  if (spec.task.type === 'dataset') return;
  const { classes } = taskShape(spec);
  if (spec.task.type === 'binary-digits' && classes > limits.classes) {
    refuse(
      ['task', 'order'],
      `is ${spec.task.order}, which with base ${spec.task.base} makes ${classes} classes; the limit is ${limits.classes}`,
    );
    return;
  }
  checkBuiltInFields(spec, refuse);
  // Epochs of a built-in task are refused there; what they would come to is of no interest.
  if (spec.training.epochs === undefined) checkLimits(spec, refuse);
}

/** What holds for a built-in task. */
function checkBuiltInFields({ task, data, training }: JobSpecFields, refuse: Refuse): void {
  for (const field of ['split', 'standardize', 'unknown'] as const) {
    if (data[field] !== undefined) refuse(['data', field], `applies to datasets only, but the task is ${task.type}`);
  }
  if (training.epochs !== undefined) {
    refuse(['training', 'epochs'], `applies to datasets only: ${task.type} has no end, so give training.steps`);
  }
  if (training.classWeights === 'balanced') {
    refuse(['training', 'classWeights'], `"balanced" is counted over a dataset: for ${task.type}, list the weights`);
  }
  checkClassWeights(training, taskShape({ task }).classes, refuse);
}

/** What holds for a dataset; its facts have to be those of `task.dataset`. */
export function checkDatasetFields(spec: JobSpecFields, dataset: DatasetFacts, refuse: Refuse): void {
  const { data, training } = spec;
  if (data.layout !== 'batch-major') {
    refuse(['data', 'layout'], 'must be "batch-major" for a dataset, whose sequences are rows already');
  }
  if (data.rows === 'flat') {
    refuse(
      ['data', 'rows'],
      'must be "independent" or "lanes" for a dataset, whose sequences do not continue each other',
    );
  }
  if (data.standardize && dataset.kind === 'strings') {
    refuse(['data', 'standardize'], 'applies to numbers only, but the dataset holds strings');
  }
  if (data.unknown !== undefined && dataset.kind === 'numbers') {
    refuse(['data', 'unknown'], 'applies to strings only, but the dataset holds numbers');
  }
  if ((training.earlyStopping || training.evaluateEvery) && partsOf(spec, dataset).validation === 0) {
    refuse(['data', 'split'], 'must leave sequences for validation, which the evaluation is made on');
  }
  if (dataset.labelsAt === 'end') checkRowsReachLabels(spec, dataset, refuse);
  checkClassWeights(training, dataset.classes, refuse);
}

/**
 * The steps of a row. The label of a whole sequence lies at its end: a row that ends before it would cut it off from its
 * inputs, so that rows left at their default become as long as the longest sequence.
 */
export function rowLengthFor({ data }: JobSpecFields, { labelsAt, lengths }: DatasetFacts): number {
  const { sequenceLength } = data;
  if (labelsAt === 'every-step' || sequenceLength !== defaultSequenceLength) return sequenceLength;
  return Math.max(sequenceLength, longestOf(lengths));
}

function checkRowsReachLabels(spec: JobSpecFields, dataset: DatasetFacts, refuse: Refuse): void {
  const longest = longestOf(dataset.lengths);
  const rows = rowLengthFor(spec, dataset);
  if (longest > limits.sequenceLength) {
    refuse(
      ['task', 'dataset'],
      `has a sequence of ${longest} steps with its label at the end, but a row has at most ${limits.sequenceLength}: upload shorter sequences, or a label for each step`,
    );
  } else if (rows < longest) {
    refuse(
      ['data', 'sequenceLength'],
      `is ${rows}, but the longest sequence has ${longest} steps, and its label lies at its end: give at least ${longest}, or leave it out`,
    );
  }
}

function longestOf(lengths: Int32Array): number {
  return lengths.reduce((longest, length) => Math.max(longest, length), 0);
}

/** How many sequences of the dataset each part of the split gets. */
export function partsOf({ data }: JobSpecFields, dataset: DatasetFacts) {
  return splitSizes(dataset.lengths.length, data.split ?? defaultSplit);
}

/** Epochs make the steps. Steps that were given beside them must be these, as in the spec of a job that is submitted once more. */
export function checkSteps(
  { training: { steps, epochs } }: JobSpecFields,
  complete: JobSpecFields,
  refuse: Refuse,
): void {
  const made = complete.training.steps;
  if (epochs === undefined || steps === openSteps || steps === made) return;
  refuse(
    ['training', 'steps'],
    `is ${steps}, but training.epochs is ${epochs}, which makes ${made} steps: give one of the two`,
  );
}

function checkClassWeights({ classWeights }: JobSpecFields['training'], classes: number, refuse: Refuse): void {
  if (!Array.isArray(classWeights)) return;
  if (classWeights.length !== classes) {
    const message = `must list ${classes} weights, one for each class, but lists ${classWeights.length}`;
    refuse(['training', 'classWeights'], message);
  } else if (classWeights.every((weight) => weight === 0)) {
    refuse(['training', 'classWeights'], 'must not all be 0');
  }
}

/** The limits on what fields come to together. */
export function checkLimits(spec: JobSpecFields, refuse: Refuse, dataset?: DatasetFacts): void {
  const { steps, reportEvery, checkpointEvery } = spec.training;
  if (steps / reportEvery > limits.reports) {
    refuse(
      ['training', 'reportEvery'],
      `is ${reportEvery}, which makes ${Math.ceil(steps / reportEvery)} reports in ${steps} steps; the limit is ${limits.reports}: give at least ${Math.ceil(steps / limits.reports)}`,
    );
  }
  if (steps / checkpointEvery > limits.checkpoints) {
    refuse(
      ['training', 'checkpointEvery'],
      `is ${checkpointEvery}, which makes ${Math.ceil(steps / checkpointEvery)} checkpoints in ${steps} steps; the limit is ${limits.checkpoints}: give at least ${Math.ceil(steps / limits.checkpoints)}`,
    );
  }
  checkEvaluations(spec.training, refuse);
  const { flops, bytes } = estimate(spec, dataset);
  if (flops > limits.flops) {
    refuse(
      ['training', 'steps'],
      `is ${steps}, which with this model and batch takes ${flops.toExponential(1)} floating-point operations; the limit is ${limits.flops.toExponential(1)}`,
    );
  }
  if (bytes > limits.bytes) {
    refuse(
      ['data', 'batchSize'],
      `is ${spec.data.batchSize}, which with this model and sequenceLength needs ${(bytes / 2 ** 20).toFixed(0)} MiB; the limit is ${limits.bytes / 2 ** 20} MiB`,
    );
  }
}

/** Every evaluation makes an event; their number is limited as that of reports is. */
function checkEvaluations({ steps, evaluateEvery }: JobSpecFields['training'], refuse: Refuse): void {
  if (evaluateEvery === undefined || steps / evaluateEvery <= limits.reports) return;
  const evaluations = Math.ceil(steps / evaluateEvery);
  refuse(
    ['training', 'evaluateEvery'],
    `is ${evaluateEvery}, which makes ${evaluations} evaluations in ${steps} steps; the limit is ${limits.reports}: give at least ${Math.ceil(steps / limits.reports)}`,
  );
}
