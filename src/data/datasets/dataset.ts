/**
 * A dataset as it is used: typed arrays in memory, sequence after sequence. `store.ts` reads it from disk; batches,
 * evaluation and the doctor take their steps from it.
 */
import { type LabelShape, labelShapeOf } from '../label-shape.ts';
import type { DatasetSheet } from './sheet.ts';

export interface Dataset {
  sheet: DatasetSheet;
  /** [S+1]: sequence s has the steps offsets[s] to offsets[s+1]-1. */
  offsets: Int32Array;
  inputs: DatasetInputs;
  /** [steps]: class, or -1 (`unknowable`) where there is no target. */
  labels: Int32Array;
}

/** Numbers [steps·width], NaN where one is missing; or for each step the number of its string in the sheet's vocabulary. */
export type DatasetInputs =
  | { kind: 'numbers'; width: number; values: Float32Array }
  | { kind: 'strings'; tokens: Int32Array };

/** What a job spec has to know of its dataset: enough to size the model and to count the batches of an epoch. */
export interface DatasetFacts extends LabelShape {
  id: string;
  kind: 'numbers' | 'strings';
  /** Features of numbers, or different strings. */
  width: number;
  /** Steps of each sequence. */
  lengths: Int32Array;
  /** Bytes of the names that a checkpoint keeps: of features or strings, and of labels. */
  nameBytes: number;
}

export function datasetFacts(sheet: DatasetSheet, offsets: Int32Array): DatasetFacts {
  const { inputs, id } = sheet;
  return {
    id,
    kind: inputs.kind,
    width: inputs.kind === 'numbers' ? inputs.features.length : inputs.vocabulary.length,
    ...labelShapeOf(sheet),
    lengths: offsets.slice(1).map((end, s) => end - offsets[s]),
    nameBytes:
      bytesOf(inputs.kind === 'numbers' ? inputs.features.map(({ name }) => name) : inputs.vocabulary) +
      bytesOf(sheet.labels.names),
  };
}

function bytesOf(names: readonly unknown[]): number {
  return Buffer.byteLength(JSON.stringify(names));
}

export function lengthOf(dataset: Pick<Dataset, 'offsets'>, sequence: number): number {
  return dataset.offsets[sequence + 1] - dataset.offsets[sequence];
}
