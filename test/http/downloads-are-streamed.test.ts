/**
 * Downloads of a model of 8 layers of 1,024 units, 240 MiB: sent piece by piece, in little memory, without holding up
 * others, and closed when a client goes.
 */
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { downloadFormats } from '../../src/checkpoints/download/formats.ts';
import { storedShape } from '../../src/checkpoints/format/stored-shape.ts';
import { stackOf } from '../../src/model/description.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { useApp } from '../support/app.ts';
import { saveCheckpoint, stepFolder } from '../support/checkpoints.ts';
import { eventually } from '../support/cluster.ts';
import { watchLoop } from '../support/loop-watch.ts';
import { openFilesOf } from '../support/open-files.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());
const MiB = 2 ** 20;

/** A checkpoint of such a model, written in pieces, so that the test itself takes little memory. */
async function largeModel(layers: number): Promise<string> {
  const model = stackOf({ features: 1, units: Array(layers).fill(1024), classes: 4 });
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(api.current.checkpoints, id, 1, 0.1);
  const folder = stepFolder(api.current.folder, id, 1);
  const bytes = 4 * parameterCount(model);
  const hash = createHash('sha256');
  const file = await open(path.join(folder, 'weights.bin'), 'w');
  for (let at = 0; at < bytes; at += MiB) {
    const piece = Buffer.alloc(Math.min(MiB, bytes - at), at / MiB);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  const manifestFile = path.join(folder, 'manifest.json');
  const { checksum: _, ...manifest } = JSON.parse(await readFile(manifestFile, 'utf8'));
  manifest.shape = storedShape(model);
  manifest.files['weights.bin'] = { bytes, sha256: hash.digest('hex') };
  const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;
  const checksum = createHash('sha256').update(json(manifest)).digest('hex');
  await writeFile(manifestFile, json({ ...manifest, checksum }));
  return id;
}

function download(id: string, format = 'tfjs'): Promise<IncomingMessage> {
  const url = `${api.current.url}/v1/jobs/${id}/checkpoints/1/download?format=${format}`;
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject);
  });
}

async function lengthOf(response: IncomingMessage): Promise<number> {
  let length = 0;
  for await (const piece of response) length += piece.length;
  return length;
}

test('one in each format, all at once, take little memory and leave the event loop free', async () => {
  const id = await largeModel(8);
  const before = process.memoryUsage().rss;
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  onTestFinished(() => clearInterval(sampling));
  const loop = watchLoop();
  const lengths = await Promise.all(downloadFormats.map(async (format) => lengthOf(await download(id, format))));
  const { longestMs } = loop.stop();
  for (const length of lengths) expect(length).toBeGreaterThan(240 * MiB);
  expect((most - before) / MiB).toBeLessThan(150);
  expect(longestMs).toBeLessThan(50);
  expect(
    await eventually(
      () => openFilesOf(id),
      (files) => files.length === 0,
    ),
  ).toEqual([]);
}, 120_000);

test('a client that reads nothing holds nothing but the open files, and when it goes they are closed', async () => {
  const id = await largeModel(2);
  const before = process.memoryUsage().rss;
  const response = await download(id);
  response.pause();
  // Nothing announces that nothing more comes: time in which a model that is read ahead would be in memory.
  await delay(600);
  expect((process.memoryUsage().rss - before) / MiB).toBeLessThan(30);
  expect(await openFilesOf(id)).not.toEqual([]);
  response.destroy();
  expect(
    await eventually(
      () => openFilesOf(id),
      (files) => files.length === 0,
    ),
  ).toEqual([]);
});

test.each(downloadFormats)('a download as %s breaks off where the weights have changed under way', async (format) => {
  const id = await largeModel(1);
  const response = await download(id, format);
  const file = await open(path.join(stepFolder(api.current.folder, id, 1), 'weights.bin'), 'r+');
  await file.write(Buffer.from([1, 2, 3]), 0, 3, 15 * MiB);
  await file.close();
  await expect(lengthOf(response)).rejects.toThrow(/aborted/);
});
