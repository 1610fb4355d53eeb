/**
 * Datasets over HTTP: what is uploaded can be looked at and examined.
 */
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { ndjson } from '../data/stores.ts';
import { type Json, startApp, useApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';
import { digits, type Line, plain, uploadLines } from '../support/uploads.ts';

const redis = useRedis();
const api = useApp(redis);

describe('an upload', () => {
  test('is stored with a data sheet, and found again by its content', async () => {
    const { request } = api.current;
    const content = ndjson({ x: ['a', 'b', 'a'], y: ['up', '-', 'down'] }, { x: ['c'], y: ['up'] });
    const created = await request('POST', '/v1/datasets?name=moves', content, plain);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/v1/datasets/${created.body.id}`);
    expect(created.body).toMatchObject({
      name: 'moves',
      format: 'ndjson',
      sequences: 2,
      steps: 4,
      labelled: 3,
      inputs: { kind: 'strings', vocabulary: ['a', 'b', 'c'], counts: [2, 1, 1] },
      labels: { names: ['down', 'up'], counts: [1, 2] },
    });
    const again = await request('POST', '/v1/datasets?name=others', content, plain);
    expect(again.status).toBe(200);
    expect(again.headers.get('location')).toBe(`/v1/datasets/${created.body.id}`);
    expect(again.body).toEqual(created.body);
    expect((await request('GET', `/v1/datasets/${created.body.id}`)).body).toEqual(created.body);
    const preview = await request('GET', `/v1/datasets/${created.body.id}/preview?sequences=1`);
    expect(preview.body.data).toEqual([{ length: 3, x: ['a', 'b', 'a'], y: ['up', null, 'down'] }]);
  });

  test('is the same as CSV in a form, as CSV in the body and as NDJSON', async () => {
    const { request } = await startApp(redis.current);
    const csv = 'who,at,pulse,breath,state\n7,0,71,98,rest\n7,1,75,,rest\n7,2,110,97,walk\n8,0,66,99,\n';
    const mapping = JSON.stringify({ sequence: 'who', step: 'at', features: ['pulse', 'breath'], label: 'state' });
    const form = new FormData();
    form.set('name', 'patients');
    form.set('mapping', mapping);
    form.set('file', new Blob([csv], { type: 'text/csv' }), 'patients.csv');
    const inForm = await request('POST', '/v1/datasets', form);
    expect(inForm.status).toBe(201);
    expect(inForm.body).toMatchObject({
      name: 'patients',
      format: 'csv',
      inputs: { features: [{ name: 'pulse' }, { name: 'breath', missing: 1 }] },
    });
    const query = new URLSearchParams({ mapping });
    const inBody = await request('POST', `/v1/datasets?${query}`, csv, { 'content-type': 'text/csv; charset=utf-8' });
    expect([inBody.status, inBody.body.id]).toEqual([200, inForm.body.id]);
    const preview = await request('GET', `/v1/datasets/${inForm.body.id}/preview`);
    expect(preview.body.data[0]).toEqual({
      length: 3,
      x: [
        [71, 98],
        [75, null],
        [110, 97],
      ],
      y: ['rest', 'rest', 'walk'],
    });
  });

  test('goes page by page through the list, newest first', async () => {
    const current = await startApp(redis.current);
    const ids: string[] = [];
    for (const seed of [1, 2, 3]) ids.push((await uploadLines(current, digits(seed))).id);
    const first = await current.request('GET', '/v1/datasets?limit=2');
    expect(first.body.data).toHaveLength(2);
    const cursor = encodeURIComponent(first.body.nextCursor);
    const second = await current.request('GET', `/v1/datasets?limit=2&cursor=${cursor}`);
    expect(second.body.nextCursor).toBeNull();
    const listed = [...first.body.data, ...second.body.data].map(({ id }: Json) => id);
    expect(listed.sort()).toEqual(ids.sort());
  });
});

test('a dataset whose files are damaged says so, and can be deleted and uploaded again', async () => {
  const current = await startApp(redis.current);
  const { id } = await uploadLines(current, digits(1));
  await truncate(path.join(current.folder, 'datasets', id, 'labels.bin'), 8);
  for (const [method, tail] of [
    ['GET', '/preview'],
    ['POST', '/doctor'],
  ]) {
    const damaged = await current.request(method, `/v1/datasets/${id}${tail}`);
    expect([damaged.status, damaged.body.code]).toEqual([409, 'corrupt_dataset']);
  }
  expect((await current.request('DELETE', `/v1/datasets/${id}`)).status).toBe(204);
  expect((await uploadLines(current, digits(1))).id).toBe(id);
  expect((await current.request('POST', `/v1/datasets/${id}/doctor`)).status).toBe(200);
});

test('the typed client has a method for each of the routes', async () => {
  const { url } = await startApp(redis.current);
  const client = new LookbackClient(url);
  const csv = 'id,a,y\n1,0.5,no\n1,1.5,yes\n';
  const mapping = { sequence: 'id', features: ['a'], label: 'y' };
  const sheet = await client.uploadDataset(csv, { format: 'csv', name: 'two', mapping });
  expect(sheet).toMatchObject({ name: 'two', labels: { names: ['no', 'yes'] } });
  expect(await client.dataset(sheet.id)).toEqual(sheet);
  expect(await client.datasets({ limit: 1 })).toEqual({ data: [sheet], nextCursor: null });
  expect(await client.previewDataset(sheet.id)).toEqual([{ length: 2, x: [0.5, 1.5], y: ['no', 'yes'] }]);
  expect((await client.doctorOfDataset(sheet.id)).steps).toBe(2);
  expect((await client.validate({ task: { type: 'dataset', dataset: sheet.id } })).doctor?.steps).toBe(2);
  await client.removeDataset(sheet.id);
  await expect(client.removeDataset(sheet.id)).rejects.toMatchObject({ status: 404, code: 'dataset_not_found' });
  await expect(client.uploadDataset('{}\n', { format: 'ndjson' })).rejects.toMatchObject({ code: 'invalid_dataset' });
  expect((await client.tasks()).map(({ type }) => type)).toContain('reber');
});

describe('the doctor', () => {
  /** The stream of the question, its neighbours in time laid side by side. */
  function transposed(sequences: number, length: number): Line[] {
    let state = 1;
    const stream = Array.from({ length: sequences * length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 31;
    });
    const at = (s: number, t: number) => t * sequences + s;
    return Array.from({ length: sequences }, (_, s) => ({
      x: Array.from({ length }, (_, t) => stream[at(s, t)]),
      y: Array.from({ length }, (_, t) => (at(s, t) === 0 ? null : stream[at(s, t)] + 2 * stream[at(s, t) - 1])),
    }));
  }

  async function findings(lines: object[]): Promise<Json[]> {
    const { request } = api.current;
    const sheet = await uploadLines(api.current, lines);
    const { status, body } = await request('POST', `/v1/datasets/${sheet.id}/doctor`);
    expect(status).toBe(200);
    const validated = await request('POST', '/v1/jobs/validate', { task: { type: 'dataset', dataset: sheet.id } });
    expect(validated.body.doctor.findings[0]).toEqual(body.findings[0]);
    return body.findings;
  }

  test('finds swapped axes, and says how to upload the data', async () => {
    const [first] = await findings(transposed(200, 20));
    expect(first).toMatchObject({ code: 'axes-swapped', evidence: { order: 1, remedy: 'transpose-upload' } });
    expect(first.message).toContain('Upload the data transposed');
  });

  test('finds labels that are all the same', async () => {
    const lines = digits(300).map((line) => ({ ...line, y: Array(20).fill('same') }));
    expect((await findings(lines)).map(({ code }) => code)).toContain('constant-label');
  });

  test('finds nothing wrong with sound data, and their order', async () => {
    const { request } = api.current;
    const stream = transposed(4000, 1);
    const line = { x: stream.map(({ x }) => x[0]), y: stream.map(({ y }) => y[0]) };
    const sheet = await uploadLines(api.current, [line]);
    const { body } = await request('POST', `/v1/datasets/${sheet.id}/doctor`);
    expect(body).toMatchObject({ order: 1, sampled: false, steps: 3999, findings: [] });
  });

  test('examines the same data once, however often it is asked, and a dataset that was deleted no more', async () => {
    const { request } = api.current;
    const { id } = await uploadLines(api.current, transposed(200, 21));
    // More than the doctor lets wait.
    const asked = Array.from({ length: 80 }, () => request('POST', `/v1/datasets/${id}/doctor`));
    const [first, ...others] = await Promise.all(asked);
    expect(first.status).toBe(200);
    for (const other of others) expect([other.status, other.body]).toEqual([200, first.body]);
    await request('DELETE', `/v1/datasets/${id}`);
    expect((await request('POST', `/v1/datasets/${id}/doctor`)).status).toBe(404);
  });
});
