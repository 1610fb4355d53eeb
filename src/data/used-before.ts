/**
 * Whether sequences that a job holds out were used by the trainings that it goes on from: by fingerprints of their
 * inputs, so that it does not matter which datasets they lie in.
 */
import { createHash } from 'node:crypto';
import { Random } from '../model/random.ts';
import { NotFoundError } from '../platform/errors.ts';
import type { Dataset } from './datasets/dataset.ts';
import type { DatasetSheet } from './datasets/sheet.ts';
import { defaultSplit, type Split, type SplitFractions, splitSequences } from './split.ts';

/** A dataset, and how a training splits it. */
export interface DataUse {
  sheet: DatasetSheet;
  split?: SplitFractions;
  seed: number;
}

/**
 * How many sequences of the part of `dataset` that `own` names have the inputs of one that a use in `before` trained on,
 * or chose its checkpoint by. `equal` is missing where a dataset is gone.
 */
export async function usedBefore(
  dataset: Dataset,
  own: Omit<DataUse, 'sheet'> & { part: 'validation' | 'test' },
  before: readonly DataUse[],
  open: (sheet: DatasetSheet) => Promise<Dataset>,
): Promise<{ heldOut: number; equal?: number }> {
  const heldOut = Array.from(splitOf(dataset, own)[own.part], fingerprintsOf(dataset));
  const wanted = new Set(heldOut);
  const found = new Set<string>();
  for (const use of before) {
    const used = use.sheet.id === dataset.sheet.id ? dataset : await opened(open, use.sheet);
    if (!used) return { heldOut: heldOut.length };
    const { train, validation } = splitOf(used, use);
    const fingerprint = fingerprintsOf(used);
    for (const part of [train, validation]) {
      for (const sequence of part) {
        const print = fingerprint(sequence);
        if (wanted.has(print)) found.add(print);
      }
    }
  }
  return { heldOut: heldOut.length, equal: heldOut.filter((print) => found.has(print)).length };
}

/** null: it was deleted. */
async function opened(open: (sheet: DatasetSheet) => Promise<Dataset>, sheet: DatasetSheet): Promise<Dataset | null> {
  try {
    return await open(sheet);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function splitOf({ sheet }: Dataset, { split = defaultSplit, seed }: Omit<DataUse, 'sheet'>): Split {
  return splitSequences(sheet.sequences, split, Random.seeded(seed, 'split'));
}

/** Of the inputs of a sequence, as they were uploaded: 96 bits of a SHA-256. */
function fingerprintsOf({ sheet, offsets, inputs }: Dataset): (sequence: number) => string {
  const vocabulary = sheet.inputs.kind === 'strings' ? sheet.inputs.vocabulary : [];
  return (s) => {
    const hash = createHash('sha256');
    if (inputs.kind === 'numbers') {
      const values = inputs.values.subarray(offsets[s] * inputs.width, offsets[s + 1] * inputs.width);
      hash.update(`${inputs.width}:`).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    } else {
      const strings = Array.from(inputs.tokens.subarray(offsets[s], offsets[s + 1]), (token) => vocabulary[token]);
      hash.update(JSON.stringify(strings));
    }
    return hash.digest('base64url').slice(0, 16);
  };
}
