/**
 * An upload from its first byte to its data sheet, in a draft: what a parser holds is never more than a chunk and a line, or a sequence.
 */
import type { Draft } from '../../../storage/blob-store.ts';
import type { DatasetSheet } from '../sheet.ts';
import { csvSequences } from './csv.ts';
import { finaliseDataset } from './finalise.ts';
import { Ingest } from './ingest.ts';
import { UploadMistakes } from './mistakes.ts';
import { ndjsonSequences } from './ndjson.ts';
import type { UploadRequest } from './request.ts';
import { decodeUtf8 } from './text.ts';

/** @throws InvalidInputError (`invalid_dataset` or `dataset_too_large`) that lists what is wrong with it, or what `bytes` throws. */
export async function fillDraft(
  draft: Draft,
  bytes: AsyncIterable<Uint8Array>,
  request: UploadRequest,
  createdAt: Date,
): Promise<DatasetSheet> {
  const mistakes = new UploadMistakes();
  const ingest = await Ingest.into(draft, mistakes);
  try {
    const text = decodeUtf8(bytes, mistakes);
    const sequences =
      request.format === 'csv' ? csvSequences(text, request.mapping, mistakes) : ndjsonSequences(text, mistakes);
    for await (const sequence of sequences) await ingest.add(sequence);
    return await finaliseDataset(draft, await ingest.finish(), request, createdAt);
  } finally {
    await ingest.abandon();
  }
}
