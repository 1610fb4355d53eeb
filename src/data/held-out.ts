/**
 * Data that a job does not train on, in two parts that share nothing with each other or with training: `validation`
 * decides on early stopping and on which checkpoint is the best, `test` is what the report is judged on. The same for
 * built-in tasks and for datasets.
 */
import type { Batch } from '../model/batch.ts';
import { Random } from '../model/random.ts';
import { heldOutBatches, type LabelledSequence, labelledSequences } from './batching/sequence-batches.ts';
import { type BatchOptions, carriesState, shrunkBatch, taskBatches } from './batching/task-batches.ts';
import { type Dataset, lengthOf } from './datasets/dataset.ts';
import type { InputEncoder } from './encoding/encoder.ts';
import { type LabelShape, labelShapeOf } from './label-shape.ts';
import { type Task, unknowable } from './task.ts';

export type HeldOutPart = 'validation' | 'test';

export interface HeldOut extends LabelShape {
  part: HeldOutPart;
  /** I */
  features: number;
  /** How many `sequences` there are, and steps in all of them. */
  count: number;
  steps: number;
  /** Whether every sequence fits in a row. Otherwise batches hold pieces, and only a predictor can run the sequences whole. */
  fits: boolean;
  /**
   * Steps of a row, where a sequence is a lane: several rows end to end, with the state carried. undefined: every
   * sequence is a row of its own.
   */
  rowLength?: number;
  /**
   * Steps at the start of each sequence that are run but not scored: a model that was trained on carried state does not
   * know the zero state.
   */
  warmUp: number;
  /** The same batches every time, each valid until the next; class weights do not apply. */
  batches(): Iterable<Batch>;
  /** The same data as the model runs through them one by one: all, or those of the numbers that are chosen. */
  sequences(isChosen?: (sequence: number) => boolean): Iterable<LabelledSequence>;
}

/** Steps of a part of a built-in task, rounded up to whole batches. */
const heldOutSteps = 20_000;
/** After so many steps a carried state has forgotten where it came from. */
const settledAfter = 32;

/**
 * Fresh rows of a built-in task. Validation and test are two stretches of one generator, 2^64 draws apart, so that they
 * cannot overlap; training draws from a generator with a seed of its own.
 *
 * Validation begins every row without a state, so lanes become rows with a history of their own. The test part is laid
 * out as in training: where state is carried, rows are joined to lanes.
 */
export function taskHeldOut(
  task: Task,
  data: Omit<BatchOptions, 'classWeights'>,
  seed: number,
  part: HeldOutPart,
): HeldOut {
  const isTest = part === 'test';
  const size = isTest ? shrunkBatch(data, 2 * heldOutSteps) : data;
  const rows = data.rows === 'lanes' && !isTest ? 'independent' : data.rows;
  const count = Math.ceil(heldOutSteps / (size.batchSize * size.sequenceLength));
  const joins = isTest && carriesState(rows);
  const { batchSize, sequenceLength } = size;

  function* batches(): Generator<Batch> {
    const random = Random.seeded(seed, 'evaluation');
    if (isTest) random.jump();
    const source = taskBatches(task, { layout: data.layout, rows, batchSize, sequenceLength }, random);
    for (let b = 0; b < count; b++) yield source.next();
  }

  return {
    part,
    features: task.features,
    classes: task.classes,
    labelsAt: 'every-step',
    count: joins ? batchSize : count * batchSize,
    steps: count * batchSize * sequenceLength,
    fits: true,
    ...(joins ? { rowLength: sequenceLength } : {}),
    warmUp: joins ? warmUpOf(count, sequenceLength) : 0,
    batches,
    sequences: (isChosen) =>
      chosen(joins ? lanesOf(batches(), task.features) : rowsOf(batches(), task.features), isChosen),
  };
}

/** Whole rows, and at most half of a lane. */
function warmUpOf(rowsInLane: number, rowLength: number): number {
  return Math.min(Math.ceil(settledAfter / rowLength), Math.floor(rowsInLane / 2)) * rowLength;
}

/** The sequences of one part of a dataset's split; null: there are none. */
export function datasetHeldOut(
  dataset: Dataset,
  part: HeldOutPart,
  sequences: Int32Array,
  encoder: InputEncoder,
  size: { batchSize: number; sequenceLength: number },
): HeldOut | null {
  if (sequences.length === 0) return null;
  return {
    part,
    features: encoder.features,
    ...labelShapeOf(dataset.sheet),
    count: sequences.length,
    steps: sequences.reduce((sum, s) => sum + lengthOf(dataset, s), 0),
    fits: sequences.every((s) => lengthOf(dataset, s) <= size.sequenceLength),
    warmUp: 0,
    batches: () => heldOutBatches(dataset, sequences, encoder, size),
    sequences: (isChosen = () => true) =>
      labelledSequences(
        dataset,
        sequences.filter((_, s) => isChosen(s)),
        encoder,
      ),
  };
}

function* chosen<Item>(items: Iterable<Item>, isChosen: (number: number) => boolean = () => true): Generator<Item> {
  let number = 0;
  for (const item of items) if (isChosen(number++)) yield item;
}

/** The rows of time-major batches, each as a sequence of its own. */
function* rowsOf(batches: Iterable<Batch>, features: number): Generator<LabelledSequence> {
  for (const batch of batches) {
    for (let b = 0; b < batch.batchSize; b++) yield rowOf(batch, b, features);
  }
}

/** Row b of all batches, end to end. */
function* lanesOf(batches: Iterable<Batch>, features: number): Generator<LabelledSequence> {
  const rows: LabelledSequence[][] = [];
  for (const batch of batches) {
    for (let b = 0; b < batch.batchSize; b++) {
      rows[b] ??= [];
      rows[b].push(rowOf(batch, b, features));
    }
  }
  for (const lane of rows) {
    yield joined(lane);
  }
}

function joined(rows: readonly LabelledSequence[]): LabelledSequence {
  const steps = rows.reduce((sum, { labels }) => sum + labels.length, 0);
  const features = rows[0].inputs.length / rows[0].labels.length;
  const lane = { inputs: new Float32Array(steps * features), labels: new Int32Array(steps) };
  let at = 0;
  for (const { inputs, labels } of rows) {
    lane.inputs.set(inputs, at * features);
    lane.labels.set(labels, at);
    at += labels.length;
  }
  return lane;
}

function rowOf({ batchSize, sequenceLength, inputs, labels, mask }: Batch, b: number, features: number) {
  const row = { inputs: new Float32Array(sequenceLength * features), labels: new Int32Array(sequenceLength) };
  for (let t = 0; t < sequenceLength; t++) {
    const at = t * batchSize + b;
    row.inputs.set(inputs.subarray(at * features, (at + 1) * features), t * features);
    row.labels[t] = mask[at] > 0 ? labels[at] : unknowable;
  }
  return row;
}
