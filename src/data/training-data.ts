/**
 * All that a job needs of its data, built-in task or dataset alike: batches to train on, held-out ones to evaluate on, and how inputs and labels are encoded.
 */
import type { Batch } from '../model/batch.ts';
import { Random } from '../model/random.ts';
import { type BatchSource, carriesState, type Rows, taskBatches } from './batches.ts';
import { balancedWeights, type ClassWeights } from './class-weights.ts';
import { type Dataset, lengthOf } from './datasets/dataset.ts';
import { type EncoderState, InputEncoder } from './encoder.ts';
import type { Layout } from './layout.ts';
import { datasetBatches, heldOutBatches, type LabelledSequence, labelledSequences } from './sequence-batches.ts';
import { defaultSplit, type HeldOutPart, type SplitFractions, splitSequences } from './split.ts';
import { unknowable } from './task.ts';
import { taskOf } from './tasks/index.ts';
import type { BuiltInTaskSpec, TaskSpec } from './tasks/specs.ts';

/** The part of a job spec that its data depend on. */
export interface DataRequest {
  task: TaskSpec;
  data: {
    batchSize: number;
    sequenceLength: number;
    layout: Layout;
    rows: Rows;
    split?: SplitFractions;
    standardize?: boolean;
    unknown?: 'refuse' | 'unk';
  };
  training: { seed: number; classWeights?: ClassWeights };
}

/** How inputs and labels are encoded, as a checkpoint keeps it. */
export interface Encoding {
  inputs: EncoderState;
  /** The name of each class; null: classes have no names. */
  labels: (number | string)[] | null;
}

export interface HeldOut {
  /** Whether every sequence fits in a row. Otherwise batches hold pieces, and only a predictor can run the sequences whole. */
  fits: boolean;
  /** The same batches every time, each valid until the next; class weights do not apply. */
  batches(): Iterable<Batch>;
  sequences(): Iterable<LabelledSequence>;
}

export interface TrainingData {
  encoding: Encoding;
  /** What the trainer's config has to say. */
  carryState: boolean;
  source: BatchSource;
  /** null: the split leaves nothing for this part. */
  heldOut(part: HeldOutPart): HeldOut | null;
}

/** The dataset has to be given where the task is one. */
export function trainingData(request: DataRequest, dataset?: Dataset): TrainingData {
  const { task } = request;
  if (task.type !== 'dataset') return taskData(task, request);
  if (!dataset) throw new TypeError(`The task is dataset ${task.dataset}, but it was not opened.`);
  return datasetData(request, dataset);
}

function taskData(spec: BuiltInTaskSpec, { data, training }: DataRequest): TrainingData {
  const task = taskOf(spec);
  const { seed, classWeights } = training;
  if (classWeights === 'balanced') throw new TypeError('A built-in task has no training split to balance classes by.');
  return {
    encoding: { inputs: InputEncoder.plain(task.features).state, labels: null },
    carryState: carriesState(data.rows),
    source: taskBatches(task, { ...data, classWeights }, Random.seeded(seed, 'data')),
    heldOut: (part) => taskHeldOut(spec, data, seed, part),
  };
}

/** Steps of a built-in task's held-out set, rounded up to whole batches. */
const heldOutSteps = 20_000;

/**
 * Fresh rows from the generator that training never draws from, laid out as in training; the test set follows upon the validation set. Evaluation begins every row without a state,
 * so lanes become rows with a history of their own.
 */
function taskHeldOut(spec: BuiltInTaskSpec, data: DataRequest['data'], seed: number, part: HeldOutPart): HeldOut {
  const task = taskOf(spec);
  const rows = data.rows === 'lanes' ? 'independent' : data.rows;
  const count = Math.ceil(heldOutSteps / (data.batchSize * data.sequenceLength));
  function* batches(): Generator<Batch> {
    const source = taskBatches(task, { ...data, rows }, Random.seeded(seed, 'evaluation'));
    for (let b = 0; part === 'test' && b < count; b++) source.next();
    for (let b = 0; b < count; b++) yield source.next();
  }
  return {
    fits: true,
    batches,
    *sequences() {
      for (const batch of batches()) yield* rowsOf(batch, task.features);
    },
  };
}

function datasetData({ data, training }: DataRequest, dataset: Dataset): TrainingData {
  const { seed, classWeights } = training;
  const { batchSize, sequenceLength, split: fractions = defaultSplit, standardize = true, unknown = 'refuse' } = data;
  const split = splitSequences(dataset.sheet.sequences, fractions, Random.seeded(seed, 'split'));
  const encoder = InputEncoder.fitted(dataset, split.train, { standardize, unknown });
  const fits = (sequences: Int32Array) => sequences.every((s) => lengthOf(dataset, s) <= sequenceLength);
  const options = {
    batchSize,
    sequenceLength,
    rows: data.rows === 'lanes' ? ('lanes' as const) : ('independent' as const),
    classWeights: classWeights === 'balanced' ? balancedWeights(dataset, split.train) : classWeights,
  };
  return {
    encoding: { inputs: encoder.state, labels: [...dataset.sheet.labels.names] },
    carryState: !fits(split.train),
    source: datasetBatches(dataset, split.train, encoder, options, Random.seeded(seed, 'data')),
    heldOut(part) {
      const sequences = split[part];
      if (sequences.length === 0) return null;
      return {
        fits: fits(sequences),
        batches: () => heldOutBatches(dataset, sequences, encoder, { batchSize, sequenceLength }),
        sequences: () => labelledSequences(dataset, sequences, encoder),
      };
    },
  };
}

/** The rows of a time-major batch, each as a sequence of its own. */
function* rowsOf(
  { batchSize, sequenceLength, inputs, labels, mask }: Batch,
  features: number,
): Generator<LabelledSequence> {
  for (let b = 0; b < batchSize; b++) {
    const row = {
      inputs: new Float32Array(sequenceLength * features),
      labels: new Int32Array(sequenceLength),
    };
    for (let t = 0; t < sequenceLength; t++) {
      const at = t * batchSize + b;
      row.inputs.set(inputs.subarray(at * features, (at + 1) * features), t * features);
      row.labels[t] = mask[at] > 0 ? labels[at] : unknowable;
    }
    yield row;
  }
}
