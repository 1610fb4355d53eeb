/**
 * The client's uploads: text, bytes, files, streams, iterables and sequences are the same dataset, and progress is told.
 */

import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ApiInputError, LookbackClient, type UploadContent } from '../../src/client/client.ts';
import { startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const sequences = [
  { x: [0, 1, 1], y: [0, 1, 0] },
  { x: [1, 0], y: [null, 1] },
];
const text = sequences.map((sequence) => `${JSON.stringify(sequence)}\n`).join('');

async function* pieces() {
  yield text.slice(0, 10);
  yield new TextEncoder().encode(text.slice(10));
}

test('whatever holds the data, it is the same dataset', async () => {
  const { url } = await startApp(redis.current);
  const client = new LookbackClient(url);
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-client-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'two.ndjson');
  await writeFile(file, text);
  const contents: UploadContent[] = [
    text,
    new TextEncoder().encode(text),
    await openAsBlob(file),
    new Blob([text]).stream(),
    pieces(),
    sequences,
  ];
  const ids = new Set<string>();
  for (const content of contents) {
    const sheet = await client.uploadDataset(content, { format: 'ndjson', name: 'two' });
    expect(sheet).toMatchObject({ sequences: 2, steps: 5, labelled: 4 });
    ids.add(sheet.id);
  }
  expect(ids.size).toBe(1);
});

test('progress counts the bytes up to the last', async () => {
  const { url } = await startApp(redis.current);
  const long = text.repeat(20_000);
  const told: number[] = [];
  await new LookbackClient(url).uploadDataset(long, { format: 'ndjson' }, { onProgress: (sent) => told.push(sent) });
  expect(told.length).toBeGreaterThan(2);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBe(long.length);
});

test('mistakes come as an error that names them', async () => {
  const { url } = await startApp(redis.current);
  const refused = new LookbackClient(url).uploadDataset([{ x: [1, 2], y: [0] }], { format: 'ndjson' });
  await expect(refused).rejects.toBeInstanceOf(ApiInputError);
  await expect(refused).rejects.toMatchObject({ code: 'invalid_dataset', errors: [{ path: 'line 1, y' }] });
});
