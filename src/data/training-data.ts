/**
 * All that a job needs of its data, built-in task or dataset alike: batches to train on, held-out ones to evaluate on,
 * and how inputs and labels are encoded.
 */
import { Random } from '../model/random.ts';
import { balancedWeights, type ClassWeights } from './batching/class-weights.ts';
import { datasetBatches } from './batching/sequence-batches.ts';
import { type BatchOptions, type BatchSource, carriesState, taskBatches } from './batching/task-batches.ts';
import { type Dataset, lengthOf } from './datasets/dataset.ts';
import { type EncoderOptions, type EncoderState, InputEncoder } from './encoding/encoder.ts';
import { datasetHeldOut, type HeldOut, type HeldOutPart, taskHeldOut } from './held-out.ts';
import { defaultSplit, type SplitFractions, splitSequences } from './split.ts';
import { taskOf } from './tasks/index.ts';
import type { BuiltInTaskSpec, TaskSpec } from './tasks/specs.ts';

/** The part of a job spec that its data depend on. */
export interface DataRequest {
  task: TaskSpec;
  data: Omit<BatchOptions, 'classWeights'> & Partial<EncoderOptions> & { split?: SplitFractions };
  training: { seed: number; classWeights?: ClassWeights };
}

/** How inputs and labels are encoded, as a checkpoint keeps it. */
export interface Encoding {
  inputs: EncoderState;
  /** The name of each class; null: classes have no names. */
  labels: (number | string)[] | null;
}

export interface TrainingData {
  encoding: Encoding;
  /** What the trainer's config has to say. */
  carryState: boolean;
  source: BatchSource;
  /** Of each class in the loss, where the spec has some. */
  classWeights?: readonly number[];
  /** null: the split leaves no sequence for this part. */
  heldOut(part: HeldOutPart): HeldOut | null;
}

/**
 * The dataset has to be given where the task is one.
 * @param encodedAs how the numbers and strings of a dataset are encoded, where its training split is not what decides that.
 */
export function trainingData(request: DataRequest, dataset?: Dataset, encodedAs?: EncoderState): TrainingData {
  const { task } = request;
  if (task.type !== 'dataset') return taskData(task, request);
  if (!dataset) throw new TypeError(`The task is dataset ${task.dataset}, but it was not opened.`);
  return datasetData(request, dataset, encodedAs);
}

function taskData(spec: BuiltInTaskSpec, { data, training }: DataRequest): TrainingData {
  const task = taskOf(spec);
  const { seed, classWeights } = training;
  if (classWeights === 'balanced') throw new TypeError('A built-in task has no training split to balance classes by.');
  return {
    encoding: { inputs: InputEncoder.plain(task.features, task.inputs).state, labels: null },
    carryState: carriesState(data.rows),
    classWeights,
    source: taskBatches(task, { ...data, classWeights }, Random.seeded(seed, 'data')),
    heldOut: (part) => taskHeldOut(task, data, seed, part),
  };
}

function datasetData({ data, training }: DataRequest, dataset: Dataset, encodedAs?: EncoderState): TrainingData {
  const { seed, classWeights } = training;
  const { batchSize, sequenceLength, split: fractions = defaultSplit, standardize = true, unknown = 'refuse' } = data;
  const split = splitSequences(dataset.sheet.sequences, fractions, Random.seeded(seed, 'split'));
  const encoder = encodedAs
    ? InputEncoder.restored(withoutDomain(encodedAs))
    : InputEncoder.fitted(dataset, split.train, { standardize, unknown });
  const weights = classWeights === 'balanced' ? balancedWeights(dataset, split.train) : classWeights;
  const options = {
    batchSize,
    sequenceLength,
    rows: data.rows === 'lanes' ? ('lanes' as const) : ('independent' as const),
    classWeights: weights,
  };
  return {
    encoding: { inputs: encoder.state, labels: [...dataset.sheet.labels.names] },
    carryState: !split.train.every((s) => lengthOf(dataset, s) <= sequenceLength),
    classWeights: weights,
    source: datasetBatches(dataset, split.train, encoder, options, Random.seeded(seed, 'data')),
    heldOut: (part) => datasetHeldOut(dataset, part, split[part], encoder, { batchSize, sequenceLength }),
  };
}

/** Which inputs a built-in task has says nothing of a dataset. */
function withoutDomain(state: EncoderState): EncoderState {
  if (state.kind === 'strings') return state;
  const { domain: _, ...anyNumbers } = state;
  return anyNumbers;
}
