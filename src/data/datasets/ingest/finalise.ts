/**
 * The last station of an upload: names get their sorted numbers, the arrays their final files, the content its hash,
 * and the dataset its sheet. Two uploads with the same content get the same id.
 */
import { createHash, type Hash } from 'node:crypto';
import type { LabelPlace } from '../../../model/description.ts';
import { currentVersion } from '../../../platform/versions.ts';
import type { Draft } from '../../../storage/blob-store.ts';
import { unknowable } from '../../task.ts';
import { balanceOf, type DatasetSheet, type InputSheet, lengthSheet } from '../sheet.ts';
import { bytesOf } from '../stored/bytes.ts';
import { datasetFiles } from '../stored/keys.ts';
import type { Ingested } from './ingest.ts';
import { integersIfAll } from './names.ts';
import type { UploadRequest } from './request.ts';

/** Turns the raw files of an ingest into those of a dataset, in the same draft, and says what it holds. */
export async function finaliseDataset(
  draft: Draft,
  ingested: Ingested,
  request: UploadRequest,
  createdAt: Date,
): Promise<DatasetSheet> {
  const tokens = ingested.tokens.sorted();
  const labels = ingested.labels.sorted(request.format === 'csv' ? integersIfAll : undefined);
  const inputs = inputSheet(ingested, tokens, request);
  const hash = createHash('sha256').update(JSON.stringify(describe(inputs, labels.names, ingested.labelsAt)));
  await writeOffsets(draft, ingested.lengths, hash);
  await moveFile(draft, 'inputs', ingested.kind === 'strings' ? tokens.moved : null, hash);
  await moveFile(draft, 'labels', labels.moved, hash);
  const width = inputs.kind === 'numbers' ? inputs.features.length : 1;
  const sheet: DatasetSheet = {
    id: `ds_${hash.digest('hex').slice(0, 24)}`,
    name: request.name ?? null,
    format: request.format,
    createdAt: createdAt.toISOString(),
    bytes: 4 * (ingested.lengths.length + 1 + ingested.steps * (width + 1)),
    sequences: ingested.lengths.length,
    steps: ingested.steps,
    labelled: ingested.labelled,
    lengths: lengthSheet(ingested.lengths),
    inputs,
    labels: {
      names: labels.names,
      counts: labels.counts,
      balance: balanceOf(labels.counts),
      at: ingested.labelsAt,
    },
  };
  await draft.put(datasetFiles.sheet, JSON.stringify({ version: currentVersion, ...sheet }));
  return sheet;
}

/**
 * What the hash covers beside the arrays: everything that changes what a model sees or what its numbers mean. Labels on
 * every step are not named, as they were not before there were others: ids stay.
 */
function describe(inputs: InputSheet, labels: readonly (number | string)[], at: LabelPlace): object {
  const ofLabels = { labels, ...(at === 'every-step' ? {} : { labelsAt: at }) };
  return inputs.kind === 'numbers'
    ? { kind: 'numbers', features: inputs.features.map(({ name }) => name), ...ofLabels }
    : { kind: 'strings', vocabulary: inputs.vocabulary, ...ofLabels };
}

function inputSheet(
  { kind, features }: Ingested,
  tokens: { names: (number | string)[]; counts: number[] },
  request: UploadRequest,
): InputSheet {
  if (kind === 'strings') return { kind, vocabulary: tokens.names.map(String), counts: tokens.counts };
  const columns = request.format === 'csv' ? request.mapping.features : [];
  return { kind, features: features.map((feature, f) => feature.sheet(columns[f] ?? null)) };
}

async function writeOffsets(draft: Draft, lengths: readonly number[], hash: Hash): Promise<void> {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [s, length] of lengths.entries()) offsets[s + 1] = offsets[s] + length;
  hash.update(bytesOf(offsets));
  const file = await draft.create(datasetFiles.offsets);
  try {
    await file.append(bytesOf(offsets));
    await file.finish();
  } finally {
    await file.abandon();
  }
}

/** Copies `<name>.raw` to `<name>.bin`, number n becoming moved[n] (null: as it is), and deletes the former. */
async function moveFile(draft: Draft, name: 'inputs' | 'labels', moved: Int32Array | null, hash: Hash): Promise<void> {
  const raw = `${name}.raw`;
  const file = await draft.create(datasetFiles[name]);
  try {
    for await (const block of draft.pieces(raw)) {
      const numbers = new Int32Array(block.buffer, block.byteOffset, block.byteLength / 4);
      if (moved) for (let i = 0; i < numbers.length; i++) numbers[i] = renumber(moved, numbers[i]);
      hash.update(block);
      await file.append(block);
    }
    await file.finish();
  } finally {
    await file.abandon();
  }
  await draft.drop(raw);
}

function renumber(moved: Int32Array, number: number): number {
  return number === unknowable ? unknowable : moved[number];
}
