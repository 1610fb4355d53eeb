/**
 * Checkpoints over HTTP: the list, and the download that stock tfjs reads.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { downloadFormats } from '../../src/checkpoints/download/formats.ts';
import { type Json, useApp } from '../support/app.ts';
import { checkpointOf, saveCheckpoint, smallModel, stepFolder, weightsOf } from '../support/checkpoints.ts';
import { openFilesOf } from '../support/open-files.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());

async function trainedJob(): Promise<string> {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(api.current.checkpoints, id, 2000, 0.1);
  await saveCheckpoint(api.current.checkpoints, id, 1000, 0.05);
  await saveCheckpoint(api.current.checkpoints, id, 3000, 0.2);
  return id;
}

test('checkpoints are listed by step, with the hash of their weights', async () => {
  const id = await trainedJob();
  const { status, body } = await api.current.request('GET', `/v1/jobs/${id}/checkpoints`);
  expect(status).toBe(200);
  expect(body.nextCursor).toBeNull();
  expect(body.data.map(({ step, loss }: { step: number; loss: number }) => [step, loss])).toEqual([
    [1000, 0.05],
    [2000, 0.1],
    [3000, 0.2],
  ]);
  const again = await trainedJob();
  const others = (await api.current.request('GET', `/v1/jobs/${again}/checkpoints`)).body.data;
  const hashes = (list: { sha256: string }[]) => list.map(({ sha256 }) => sha256);
  expect(hashes(others)).toEqual(hashes(body.data));
  expect(new Set(hashes(others)).size).toBe(3);
});

test('a job without checkpoints has an empty list', async () => {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  const { body } = await api.current.request('GET', `/v1/jobs/${id}/checkpoints`);
  expect(body).toEqual({ data: [], nextCursor: null, damaged: [], unsupported: [] });
});

test('checkpoints come in pages', async () => {
  const id = await trainedJob();
  const list = async (query: string) => (await api.current.request('GET', `/v1/jobs/${id}/checkpoints${query}`)).body;
  const first = await list('?limit=2');
  expect(first).toMatchObject({ data: [{ step: 1000 }, { step: 2000 }], nextCursor: '2000' });
  expect(await list(`?limit=2&cursor=${first.nextCursor}`)).toMatchObject({ data: [{ step: 3000 }], nextCursor: null });
  const refused = await api.current.request('GET', `/v1/jobs/${id}/checkpoints?limit=0`);
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
});

test('a checkpoint of a newer version is listed as such, and refused with 409', async () => {
  const id = await trainedJob();
  const file = path.join(stepFolder(api.current.folder, id, 3000), 'manifest.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"version": 1', '"version": 7'));
  const { body } = await api.current.request('GET', `/v1/jobs/${id}/checkpoints`);
  expect(body).toMatchObject({ data: [{ step: 1000 }, { step: 2000 }], unsupported: [3000], damaged: [] });
  const refused = await api.current.request('POST', '/predict', { job: id, sequences: [[0, 1]] });
  expect(refused).toMatchObject({ status: 409, body: { code: 'unsupported_version' } });
  expect(refused.body.detail).toContain('version 7');
});

test.each([
  ['3000', 3000],
  ['latest', 3000],
  ['best', 1000],
])('the download of %s is a zip with the tfjs model of step %i', async (which, step) => {
  const id = await trainedJob();
  const response = await fetch(`${api.current.url}/v1/jobs/${id}/checkpoints/${which}/download?format=tfjs`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/zip');
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${id}-step-${step}.zip"`);
  const zip = new Uint8Array(await response.arrayBuffer());
  expect(response.headers.get('content-length')).toBe(String(zip.length));
  const files = unzipSync(zip);
  expect(Object.keys(files).sort()).toEqual(['README.txt', 'encoding.json', 'model.json', 'weights.bin']);
  expect(JSON.parse(Buffer.from(files['encoding.json']).toString())).toMatchObject({
    checkpoint: { job: id, step },
    spec: { task: { type: 'binary-digits' } },
  });
  expect(new Float32Array(files['weights.bin'].slice().buffer)).toEqual(weightsOf(smallModel, step));
  expect(JSON.parse(Buffer.from(files['model.json']).toString()).format).toBe('layers-model');
});

test.each([
  ['keras', 'application/zip'],
  ['onnx', 'application/octet-stream'],
  ['safetensors', 'application/octet-stream'],
])('a download as %s comes whole, under a name of its own', async (format, mediaType) => {
  const id = await trainedJob();
  const response = await fetch(`${api.current.url}/v1/jobs/${id}/checkpoints/best/download?format=${format}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(mediaType);
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${id}-step-1000.${format}"`);
  const file = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('content-length')).toBe(String(file.length));
  // The kernel of the softmax layer lies in the order of all formats.
  const kernel = Buffer.from(weightsOf(smallModel, 1000).slice(-12, -4).buffer);
  expect(file.includes(kernel)).toBe(true);
  expect(file.includes('"binary-digits"') || file.includes('\\"binary-digits\\"')).toBe(true);
  const flags = format === 'onnx' ? '&lengths=true&state=true' : '';
  if (format === 'safetensors') return;
  const raw = await fetch(`${response.url}&inputs=raw${flags}`);
  const rawFile = Buffer.from(await raw.arrayBuffer());
  expect(raw.headers.get('content-length')).toBe(String(rawFile.length));
  expect(rawFile.includes('next_lstm_2_c')).toBe(flags !== '');
});

test.each([
  ['9', '', 404, 'checkpoint_not_found'],
  ['-1', '', 400, 'invalid_input'],
  ['newest', '', 400, 'invalid_input'],
  ['3000', '?format=pickle', 400, 'invalid_input'],
])('there is no download of %s%s', async (which, query, status, code) => {
  const id = await trainedJob();
  const refused = await api.current.request('GET', `/v1/jobs/${id}/checkpoints/${which}/download${query}`);
  expect(refused.status).toBe(status);
  expect(refused.body.code).toBe(code);
});

test.each([
  ['inputs=raw', 'safetensors', 'is "raw", which goes with format tfjs, keras, onnx, but it is safetensors'],
  ['lengths=true', 'tfjs', 'is true, which goes with format onnx, but it is tfjs'],
  ['state=true', 'keras', 'is true, which goes with format onnx, but it is keras'],
])('%s is refused for %s', async (choice, format, message) => {
  const id = await trainedJob();
  const path = `/v1/jobs/${id}/checkpoints/best/download?format=${format}&${choice}`;
  const { status, body } = await api.current.request('GET', path);
  expect([status, body.errors]).toEqual([400, [{ path: choice.split('=')[0], message, rule: 'between-fields' }]]);
  const odd = await api.current.request('GET', `/v1/jobs/${id}/checkpoints/best/download?format=onnx&state=perhaps`);
  expect(odd.body.errors).toEqual([expect.objectContaining({ path: 'state' })]);
});

test('a scale below zero, which Keras has no layer for, is refused by name where its graph would have to encode', async () => {
  const { checkpoints, request } = api.current;
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const inputs = { kind: 'numbers' as const, features: 1, mean: [3], scale: [-2], fill: null };
  await checkpoints.save(id, { ...checkpointOf(7, 1), encoding: { inputs, labels: null } });
  const download = (query: string) => fetch(`${api.current.url}/v1/jobs/${id}/checkpoints/7/download?${query}`);
  const refused = await download('format=keras&inputs=raw');
  expect(refused.status).toBe(400);
  const { errors } = (await refused.json()) as Json;
  expect(errors).toEqual([
    { path: 'inputs', message: expect.stringContaining('feature 0 has the scale -2'), rule: 'between-fields' },
  ]);
  for (const query of ['format=keras', 'format=onnx&inputs=raw', 'format=tfjs&inputs=raw', 'format=safetensors']) {
    const { status, body } = await download(query);
    expect(status, query).toBe(200);
    await body!.cancel();
  }
});

describe('a part of a download', () => {
  const ask = async (format: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${api.current.url}/v1/jobs/${id}/checkpoints/best/download?format=${format}`, {
      headers,
    });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  let id: string;
  beforeEach(async () => {
    id = await trainedJob();
  });

  test.each(downloadFormats)('is what it is in the whole, as %s', async (format) => {
    const { response, bytes: whole } = await ask(format);
    const etag = response.headers.get('etag')!;
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    const N = whole.length;
    const ranges: [string, number, number][] = [
      ['bytes=0-0', 0, 1],
      [`bytes=${N - 1}-`, N - 1, N],
      ['bytes=100-299', 100, 300],
      ['bytes=500-', 500, N],
      ['bytes=-7', N - 7, N],
      [`bytes=-${10 * N}`, 0, N],
      [`bytes=3-${10 * N}`, 3, N],
    ];
    for (const [range, from, end] of ranges) {
      const part = await ask(format, { range, 'if-range': etag });
      expect(part.response.status, range).toBe(206);
      expect(part.response.headers.get('content-range')).toBe(`bytes ${from}-${end - 1}/${N}`);
      expect(part.response.headers.get('content-length')).toBe(String(end - from));
      expect(part.response.headers.get('etag')).toBe(etag);
      expect(part.bytes.equals(whole.subarray(from, end)), range).toBe(true);
    }
    for (const headers of [
      { range: 'bytes=0-1,4-5' },
      { range: 'lines=1-2' },
      { range: 'bytes=9-3' },
      { range: 'bytes=-' },
      { range: 'bytes=5-', 'if-range': '"another"' },
      { range: 'bytes=5-', 'if-range': 'Wed, 21 Oct 2015 07:28:00 GMT' },
    ]) {
      const all = await ask(format, headers as Record<string, string>);
      expect([all.response.status, all.bytes.equals(whole)], JSON.stringify(headers)).toEqual([200, true]);
    }
    for (const range of [`bytes=${N}-`, 'bytes=-0', `bytes=${'9'.repeat(400)}-`]) {
      const { response, bytes } = await ask(format, { range });
      expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${N}`]);
      expect(JSON.parse(bytes.toString())).toMatchObject({ code: 'range_not_satisfiable' });
    }
    await vi.waitFor(async () => expect(await openFilesOf(id)).toEqual([]));
  });

  test('has another tag for every format and variant, and the same one for the same bytes', async () => {
    const asked = [...downloadFormats, 'onnx&state=true', 'onnx&inputs=raw', 'onnx&lengths=true'];
    const answers = await Promise.all(asked.map((one) => ask(one)));
    const again = await Promise.all(asked.map((one) => ask(one)));
    expect(new Set(answers.map(({ response }) => response.headers.get('etag'))).size).toBe(asked.length);
    for (const [n, { response, bytes }] of answers.entries()) {
      expect(again[n].response.headers.get('etag')).toBe(response.headers.get('etag'));
      expect(again[n].bytes.equals(bytes)).toBe(true);
    }
  });
});

test('the checkpoints of a removed job are gone from the disk', async () => {
  const id = await trainedJob();
  await api.current.request('DELETE', `/v1/jobs/${id}`);
  expect(await api.current.checkpoints.list(id)).toEqual([]);
  expect((await api.current.request('GET', `/v1/jobs/${id}/checkpoints/latest/download`)).body.code).toBe(
    'job_not_found',
  );
});
