/** What is asked of a bucket for a list of datasets, and what becomes of a catalogue that a newer Lookback wrote. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { OrphanSweep } from '../../src/checkpoints/orphans.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { DatasetStore } from '../../src/data/datasets/stored/store.ts';
import type { BlobStore } from '../../src/storage/blob-store.ts';
import { parseS3Location } from '../../src/storage/s3/location.ts';
import { emptyS3, openS3, useS3 } from './s3.ts';

const s3 = useS3();
const unsupported = { code: 'unsupported_version' };

async function upload(datasets: DatasetStore, content: string): Promise<string> {
  const lines = `{"x":[0,1,0],"y":[0,0,1]}\n{"x":[1,1,${content}],"y":[1,1,0]}\n`;
  const stream = Readable.from([Buffer.from(lines)]);
  const { sheet } = await datasets.create(stream, { format: 'ndjson' });
  return sheet.id;
}

test('datasets that were listed before are listed by one request, and those that have come or gone meanwhile', async () => {
  const location = await emptyS3(s3.current);
  const datasets = new DatasetStore(openS3(location));
  const others = new DatasetStore(openS3(location));
  const ids: string[] = [];
  for (const content of ['2', '3', '4']) ids.push(await upload(others, content));
  const listed = async () => {
    s3.current.proxy.requests.length = 0;
    const { data } = await datasets.list();
    return { ids: data.map(({ id }) => id).sort(), requests: s3.current.proxy.requests.length };
  };
  expect((await listed()).ids).toEqual([...ids].sort());
  expect(await listed()).toEqual({ ids: [...ids].sort(), requests: 1 });
  await others.delete(ids[0]);
  const added = await upload(others, '5');
  expect((await listed()).ids).toEqual([ids[1], ids[2], added].sort());
  expect((await listed()).requests).toBe(1);
});

test('a catalogue of a newer version is refused by its name, passed over in lists, and left as it is', async () => {
  const { server } = s3.current;
  const location = await emptyS3(s3.current);
  const { prefix } = parseS3Location(location);
  const datasets = new DatasetStore(openS3(location));
  const [newer, readable] = [await upload(datasets, '2'), await upload(datasets, '3')];
  const ofJobs = openS3(location);
  await ofJobs.publish('checkpoints/job_newer/step-1', { 'manifest.json': Buffer.from('{}') });
  const keys = [`${prefix}/datasets/${newer}.json`, `${prefix}/checkpoints/job_newer.json`];
  const texts = new Map<string, string>();
  for (const key of keys) {
    const changed = await server.change(key, (bytes) => {
      const text = JSON.stringify({ ...JSON.parse(Buffer.from(bytes).toString()), version: 2 });
      texts.set(key, text);
      return text;
    });
    expect(changed).toBe(true);
  }

  const later = openS3(location);
  const reading = new DatasetStore(later);
  await expect(reading.get(newer)).rejects.toMatchObject(unsupported);
  await expect(reading.stored(newer)).rejects.toMatchObject(unsupported);
  await expect(reading.delete(newer)).rejects.toMatchObject(unsupported);
  expect((await reading.list()).data.map(({ id }) => id)).toEqual([readable]);
  const checkpoints = new CheckpointStore(later);
  await expect(checkpoints.resolve('job_newer', 'latest')).rejects.toMatchObject(unsupported);
  await expect(checkpoints.begin('job_newer', 1)).rejects.toMatchObject(unsupported);
  await expect(checkpoints.removeJob('job_newer')).rejects.toMatchObject(unsupported);
  await later.publish('checkpoints/job_gone/step-1', { 'manifest.json': Buffer.from('{}') });
  expect(await sweep(later)).toEqual(['checkpoints/job_gone']);
  for (const [key, text] of texts) {
    await server.change(key, (bytes) => {
      expect(Buffer.from(bytes).toString()).toBe(text);
      return bytes;
    });
  }
  expect((await server.keys(`${prefix}/datasets/${newer}/`)).length).toBeGreaterThan(3);
});

test('what an upload that was killed has sent, and a dataset whose removal was killed, are removed by a sweep', async () => {
  const location = await emptyS3(s3.current);
  const { prefix } = parseS3Location(location);
  const datasets = new DatasetStore(openS3(location));
  const [kept, gone] = [await upload(datasets, '2'), await upload(datasets, '3')];
  const { proxy, server } = s3.current;
  // As if the process had died: no delete reaches the bucket, and neither does the catalogue of the next upload.
  proxy.choose = ({ method, url }) =>
    method === 'DELETE' || (method === 'PUT' && /datasets\/ds_\w+\.json/.test(url!) && !url!.includes(gone))
      ? 'internalError'
      : undefined;
  await expect(datasets.delete(gone)).rejects.toMatchObject({ code: 'storage_failing' });
  await expect(upload(datasets, '4')).rejects.toMatchObject({ code: 'storage_failing' });
  proxy.choose = () => undefined;
  expect(new Set((await server.keys(`${prefix}/datasets/`)).map((key) => key.split('/')[2])).size).toBe(5);
  expect(await sweep(openS3(location))).toHaveLength(3);
  const left = new Set((await server.keys(`${prefix}/datasets/`)).map((key) => key.split('/')[2]));
  expect(left).toEqual(new Set([kept, `${kept}.json`]));
});

/** Of all that is there, however young, with a Redis that knows no job. */
async function sweep(blobs: BlobStore): Promise<string[]> {
  const identity = 'of both';
  await blobs.putIfAbsent('checkpoints/.identity', JSON.stringify({ version: 1, id: identity }));
  const redis = { read: async () => identity, claim: async () => identity };
  return new OrphanSweep(blobs, redis, -60_000).sweep(async () => false);
}
