/**
 * What the doctor examines of an uploaded dataset: its sequences in the order of the upload, numbers as they are and
 * strings as symbols, and the split where a job makes one.
 */

import type { Dataset } from '../../data/datasets/dataset.ts';
import type { DatasetStore } from '../../data/datasets/stored/store.ts';
import type { StoredDataset } from '../../data/datasets/stored/stored.ts';
import { labelShapeOf } from '../../data/label-shape.ts';
import { defaultSplit, splitSequences } from '../../data/split.ts';
import { Random } from '../../model/random.ts';
import { type DataOfSpec, keptLengths, mostSteps, type Sample, sampleOfSpec } from './sample.ts';

/** What is to be examined: the data of a job, or a dataset by itself. */
export type ExaminedData = { spec: DataOfSpec } | { dataset: string };

/** Throws a NotFoundError where there is no such dataset. */
export async function sampleOfData(data: ExaminedData, datasets: DatasetStore): Promise<Sample> {
  if ('dataset' in data) return sampleOfStored(await datasets.stored(data.dataset));
  const { spec } = data;
  return spec.task.type === 'dataset'
    ? sampleOfStored(await datasets.stored(spec.task.dataset), spec)
    : sampleOfSpec(spec);
}

/** The sample of a stored dataset. Only the part of a large dataset that is examined is read. */
export async function sampleOfStored(dataset: StoredDataset, spec?: DataOfSpec): Promise<Sample> {
  const { lengths, labelsAt } = await dataset.facts();
  const kept = keptLengths(lengths, mostSteps, labelsAt === 'end');
  return sampleOfDataset(await dataset.openPart(kept), spec);
}

/**
 * Dataset or part of one; every sequence is a row of its own, with no state carried over. The rows of a spec's
 * training, validation and test split are told apart.
 */
export function sampleOfDataset(dataset: Dataset, spec?: DataOfSpec): Sample {
  const { sheet, offsets, labels } = dataset;
  const rows = offsets.length - 1;
  return {
    features: dataset.inputs.kind === 'numbers' ? dataset.inputs.width : 1,
    ...labelShapeOf(sheet),
    classNames: sheet.labels.names,
    inputKind: dataset.inputs.kind === 'numbers' ? 'numbers' : 'symbols',
    inputs: inputsOf(dataset),
    labels: labels.map((label) => Math.max(0, label)),
    mask: Float32Array.from(labels, (label) => (label < 0 ? 0 : 1)),
    starts: offsets,
    rowsPerBatch: rows,
    stateCarried: false,
    sampled: labels.length < sheet.steps,
    ...(sheet.inputs.kind === 'numbers'
      ? { missing: sheet.inputs.features.map(({ missing }) => missing / Math.max(1, sheet.steps)) }
      : {}),
    ...(spec ? { sequenceLength: spec.data.sequenceLength } : {}),
    ...(spec ? { splits: splitsOf(spec, sheet.sequences, rows) } : {}),
  };
}

/** A missing number becomes the mean of its feature, as it does in training. */
function inputsOf({ inputs, sheet }: Dataset): Float32Array {
  if (inputs.kind === 'strings') return Float32Array.from(inputs.tokens);
  const means = sheet.inputs.kind === 'numbers' ? sheet.inputs.features.map(({ mean }) => mean ?? 0) : [];
  const { values, width } = inputs;
  return values.map((value, at) => (Number.isNaN(value) ? means[at % width] : value));
}

/** Which split each of the first `rows` sequences belongs to. */
function splitsOf({ data, training }: DataOfSpec, sequences: number, rows: number): Sample['splits'] {
  const split = splitSequences(sequences, data.split ?? defaultSplit, Random.seeded(training.seed, 'split'));
  const names = ['train', 'validation', 'test'] as const;
  const ofRow = new Uint8Array(sequences);
  for (const [number, name] of names.entries()) for (const sequence of split[name]) ofRow[sequence] = number;
  return { names: [...names], ofRow: ofRow.subarray(0, rows) };
}
