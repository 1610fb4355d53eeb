/**
 * The data sheet: what is known of a dataset without opening it. Counted while the upload streams by; `GET
 * /v1/datasets/:id` answers with it.
 */
import { z } from 'zod';
import { labelPlaces } from '../../model/description.ts';
import { CorruptDatasetError, UnsupportedVersionError } from '../../platform/errors.ts';
import { ensureReadable } from '../../platform/versions.ts';
import { DatasetId } from '../tasks/specs.ts';

const count = z.int().min(0);

const FeatureSheet = z.strictObject({
  name: z.string().nullable().describe('Its column in a CSV upload.'),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  std: z.number().nullable().describe('Standard deviation over all steps that have a value.'),
  missing: count.describe('Steps without a value.'),
});
type FeatureSheet = z.output<typeof FeatureSheet>;

export const InputSheet = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('numbers'), features: z.array(FeatureSheet) }),
  z.strictObject({
    kind: z.literal('strings'),
    vocabulary: z.array(z.string()).describe('Sorted; the place of a string is its number.'),
    counts: z.array(count).describe('How often each stands in the inputs.'),
  }),
]);
export type InputSheet = z.output<typeof InputSheet>;

const LengthBin = z.strictObject({ from: count, to: count, sequences: count });

export const DatasetSheet = z
  .strictObject({
    id: DatasetId,
    name: z.string().nullable(),
    format: z.enum(['ndjson', 'csv']),
    createdAt: z.iso.datetime(),
    bytes: count.describe('On disk.'),
    sequences: count,
    steps: count,
    labelled: count.describe('Steps that have a label; of labels at the end, one for each sequence.'),
    lengths: z.strictObject({
      shortest: count,
      longest: count,
      mean: z.number(),
      histogram: z.array(LengthBin).describe('Sequences of `from` to `to` steps, both included.'),
    }),
    inputs: InputSheet,
    labels: z.strictObject({
      names: z.array(z.union([z.int(), z.string()])).describe('The place of a label is its class.'),
      counts: z.array(count),
      balance: z
        .number()
        .describe('Entropy of the labels over that of equally frequent ones: 1 is balanced, 0 constant.'),
      at: z
        .enum(labelPlaces)
        .default('every-step')
        .describe('every-step: each step has a label of its own, or none. end: each sequence has one label.'),
    }),
  })
  .meta({ id: 'DatasetSheet', description: 'What is in a dataset.' });
export type DatasetSheet = z.output<typeof DatasetSheet>;

/** The sheet in the text of its file. @throws CorruptDatasetError, UnsupportedVersionError */
export function parseSheet(id: string, text: string): DatasetSheet {
  try {
    const { version, ...sheet } = JSON.parse(text);
    ensureReadable(`The sheet of dataset ${id}`, { version });
    return DatasetSheet.parse(sheet);
  } catch (error) {
    throw error instanceof UnsupportedVersionError ? error : new CorruptDatasetError(id, error);
  }
}

const bins = 20;

/** At most twenty bins of equal width, from the shortest to the longest. */
export function lengthSheet(lengths: ArrayLike<number>): DatasetSheet['lengths'] {
  let shortest = Number.POSITIVE_INFINITY;
  let longest = 0;
  let steps = 0;
  for (let s = 0; s < lengths.length; s++) {
    shortest = Math.min(shortest, lengths[s]);
    longest = Math.max(longest, lengths[s]);
    steps += lengths[s];
  }
  const width = Math.ceil((longest - shortest + 1) / bins);
  const histogram = Array.from({ length: Math.ceil((longest - shortest + 1) / width) }, (_, bin) => ({
    from: shortest + bin * width,
    to: Math.min(shortest + (bin + 1) * width - 1, longest),
    sequences: 0,
  }));
  for (let s = 0; s < lengths.length; s++) histogram[Math.floor((lengths[s] - shortest) / width)].sequences++;
  return { shortest, longest, mean: steps / lengths.length, histogram };
}

/** Entropy of the counts over the logarithm of their number; 0 for one class. */
export function balanceOf(counts: readonly number[]): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (counts.length < 2) return 0;
  const entropy = counts.reduce((sum, n) => (n > 0 ? sum - (n / total) * Math.log(n / total) : sum), 0);
  return entropy / Math.log(counts.length);
}

/** Range, mean and standard deviation of one feature in a single pass (Welford, Technometrics 4(3), 1962). */
export class FeatureStatistics {
  #count = 0;
  #mean = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #missing = 0;

  /** NaN counts as missing. */
  add(value: number): void {
    if (Number.isNaN(value)) {
      this.#missing++;
      return;
    }
    this.#count++;
    const difference = value - this.#mean;
    this.#mean += difference / this.#count;
    this.#squares += difference * (value - this.#mean);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  sheet(name: string | null): FeatureSheet {
    if (this.#count === 0) return { name, min: null, max: null, mean: null, std: null, missing: this.#missing };
    const std = Math.sqrt(this.#squares / this.#count);
    return { name, min: this.#min, max: this.#max, mean: this.#mean, std, missing: this.#missing };
  }
}
