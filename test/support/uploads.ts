/**
 * Datasets to upload, and what is left of those that were not accepted.
 */
import { readdir, watch } from 'node:fs/promises';
import path from 'node:path';
import { expect, vi } from 'vitest';
import type { DatasetStore } from '../../src/data/datasets/stored/store.ts';
import { ndjson } from '../data/stores.ts';
import type { Json, TestApp } from './app.ts';

export const plain = { 'content-type': 'application/x-ndjson' };
export const chunked = { ...plain, 'transfer-encoding': 'chunked' };

export interface Line {
  x: number[];
  y: (number | null)[];
}

/** Labels of a class for each of the last two values, as in the question; `seed` makes the content another one. */
export function digits(seed: number, sequences = 10, length = 20): Line[] {
  const value = (s: number, t: number) => (((s * 7 + t * 3 + seed) * 2654435761) >>> 16) % 2;
  return Array.from({ length: sequences }, (_, s) => {
    const x = Array.from({ length }, (_, t) => value(s, t));
    return { x, y: x.map((bit, t) => (t === 0 ? null : bit + 2 * x[t - 1])) };
  });
}

/** The data sheet of an upload of these lines. */
export async function uploadLines({ request }: TestApp, lines: object[]): Promise<Json> {
  const { status, body } = await request('POST', '/v1/datasets', ndjson(...lines), plain);
  expect([200, 201]).toContain(status);
  return body;
}

/** Names in the datasets' folder, complete or not. */
export async function storedNames({ folder }: TestApp): Promise<string[]> {
  return (await readdir(path.join(folder, 'datasets')).catch(() => [])).sort();
}

/** The next call of `create`, as soon as it is made. */
export function nextUpload(datasets: DatasetStore): Promise<{ stored: Promise<unknown> }> {
  const create = datasets.create.bind(datasets);
  return new Promise((resolve) => {
    vi.spyOn(datasets, 'create').mockImplementationOnce((...parameters) => {
      const stored = create(...parameters);
      resolve({ stored });
      return stored;
    });
  });
}

/** The name of what is next written into the datasets' folder, which has to be there. */
export async function nextStoredName({ folder }: TestApp): Promise<string | null> {
  for await (const { filename } of watch(path.join(folder, 'datasets'))) return filename;
  return null;
}
