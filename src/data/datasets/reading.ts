/**
 * Reads the files of a stored dataset, as a whole or in part. What is not as long as the data sheet says is damaged: a CorruptDatasetError.
 */
import { join } from 'node:path';
import { CorruptDatasetError } from '../../errors.ts';
import { readInto } from './block-file.ts';
import type { Dataset, DatasetInputs } from './dataset.ts';
import { datasetFiles } from './finalise.ts';
import type { DatasetSheet } from './sheet.ts';

/** Steps `from` to `to` - 1 of the files. */
export interface Run {
  from: number;
  to: number;
}

/** [S+1], as in `Dataset`. */
export async function readOffsets(folder: string, sheet: DatasetSheet): Promise<Int32Array> {
  const offsets = new Int32Array(sheet.sequences + 1);
  await read(folder, sheet, datasetFiles.offsets, offsets);
  if (offsets[sheet.sequences] !== sheet.steps) throw new CorruptDatasetError(sheet.id);
  return offsets;
}

/** Inputs and labels of some runs of steps, one after the other. */
export async function readSteps(
  folder: string,
  sheet: DatasetSheet,
  runs: readonly Run[],
): Promise<Pick<Dataset, 'inputs' | 'labels'>> {
  const steps = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  const labels = new Int32Array(steps);
  const width = sheet.inputs.kind === 'numbers' ? sheet.inputs.features.length : 1;
  const inputs: DatasetInputs =
    sheet.inputs.kind === 'numbers'
      ? { kind: 'numbers', width, values: new Float32Array(steps * width) }
      : { kind: 'strings', tokens: new Int32Array(steps) };
  const values = inputs.kind === 'numbers' ? inputs.values : inputs.tokens;
  let at = 0;
  for (const { from, to } of runs) {
    const end = at + to - from;
    await read(folder, sheet, datasetFiles.labels, labels.subarray(at, end), from);
    await read(folder, sheet, datasetFiles.inputs, values.subarray(at * width, end * width), from * width);
    at = end;
  }
  return { inputs, labels };
}

async function read(
  folder: string,
  { id }: DatasetSheet,
  file: string,
  array: Float32Array | Int32Array,
  from = 0,
): Promise<void> {
  let complete: boolean;
  try {
    complete = await readInto(join(folder, file), array, from);
  } catch (error) {
    throw new CorruptDatasetError(id, error);
  }
  if (!complete) throw new CorruptDatasetError(id);
}
