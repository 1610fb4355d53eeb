/**
 * Dataset stores for tests: each in a folder of its own, which goes when the test is over.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import type { Dataset } from '../../src/data/datasets/dataset.ts';
import { UploadRequest } from '../../src/data/datasets/ingest/request.ts';
import { type Created, DatasetStore } from '../../src/data/datasets/stored/store.ts';
import { openStore } from '../../src/storage/open.ts';

export interface TemporaryStore {
  store: DatasetStore;
  folder: string;
  /** Names in the datasets' folder, whatever they are. */
  names(): Promise<string[]>;
}

export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), 'lookback-datasets-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { store: new DatasetStore(await openStore(folder)), folder, names: () => readdir(join(folder, 'datasets')) };
}

/** Uploads a text in chunks of a few bytes, so that lines and characters are cut anywhere. */
export function upload(
  store: DatasetStore,
  content: string | Uint8Array,
  request: z.input<typeof UploadRequest> = { format: 'ndjson' },
  createdAt?: Date,
): Promise<Created> {
  const bytes = Buffer.from(content);
  const chunkBytes = Math.max(7, Math.ceil(bytes.length / 1000));
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, c) =>
    bytes.subarray(c * chunkBytes, (c + 1) * chunkBytes),
  );
  return store.create(Readable.from(chunks), UploadRequest.parse(request), createdAt);
}

export function ndjson(...lines: object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** An opened dataset of the given lines. */
export async function datasetOfLines(...lines: object[]): Promise<Dataset> {
  const { store } = await temporaryStore();
  const { sheet } = await upload(store, ndjson(...lines));
  return (await store.stored(sheet.id)).open();
}
