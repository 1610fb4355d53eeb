/**
 * Uploads that are refused or break off: the sender is told, even if it is still sending, and nothing of them stays.
 */
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/platform/limits.ts';
import type { InvalidUpload } from '../data/invalid-upload.ts';
import { ndjson } from '../data/stores.ts';
import { type Json, startApp, useApp } from '../support/app.ts';
import { connectRaw } from '../support/raw-socket.ts';
import { useRedis } from '../support/redis.ts';
import { chunked, digits, nextStoredName, nextUpload, plain, storedNames, uploadLines } from '../support/uploads.ts';

const redis = useRedis();
const api = useApp(redis);

const fixtures = (await readdir(new URL('../data/fixtures/', import.meta.url)))
  .filter((name) => name.startsWith('invalid-'))
  .map((name) => name.replace(/\.ts$/, ''));

describe('an upload is refused, and leaves nothing, which is', () => {
  test.each(fixtures)('%s', async (name) => {
    const fixture = ((await import(`../data/fixtures/${name}.ts`)) as { default: InvalidUpload }).default;
    const { format, ...rest } = fixture.request;
    const query = new URLSearchParams({ format });
    if ('mapping' in rest) query.set('mapping', JSON.stringify(rest.mapping));
    const before = await storedNames(api.current);
    const content = Buffer.from(fixture.upload);
    const headers = { 'content-type': 'application/octet-stream' };
    const refused = await api.current.request('POST', `/v1/datasets?${query}`, content, headers);
    const code = fixture.code ?? 'invalid_dataset';
    expect([refused.status, refused.body.code]).toEqual([code === 'dataset_too_large' ? 413 : 400, code]);
    expect(refused.body.errors.map(({ path }: Json) => path)).toEqual(fixture.issues.map(({ path }) => path));
    for (const [i, { message }] of fixture.issues.entries()) {
      expect(refused.body.errors[i].message.startsWith(message)).toBe(true);
    }
    expect(await storedNames(api.current)).toEqual(before);
  });

  test('CSV in a form whose mapping follows the file, which it has to precede', async () => {
    const form = new FormData();
    form.set('file', new Blob(['id,a,y\ns,1,0\n']), 'x.csv');
    form.set('mapping', '{"sequence": "id", "features": ["a"], "label": "y"}');
    const response = await fetch(`${api.current.url}/v1/datasets`, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as Json;
    expect(errors[0].path).toBe('mapping');
    expect(errors[0].message).toMatch(/^is missing before the file: .* as in \{"sequence"/);
  });

  test.each([
    ['of a type that is none of a dataset', '', 'application/json', '[]', 415, undefined],
    ['of no type', '', '', '{}', 415, undefined],
    ['of a type that says nothing, without a format', '', 'text/plain', '{}', 400, 'format'],
    ['CSV without a mapping', '', 'text/csv', 'a,b\n', 400, 'mapping'],
    ['CSV with a mapping that is no JSON', '?mapping=x', 'text/csv', 'a,b\n', 400, 'mapping'],
    [
      'CSV with a mapping without a label',
      '?mapping={"sequence":"a","features":["b"]}',
      'text/csv',
      'a,b\n',
      400,
      'mapping.label',
    ],
    ['NDJSON with a mapping', '?mapping={}', 'application/x-ndjson', '{}', 400, 'mapping'],
    ['asked for with an unknown parameter', '?speed=fast', 'application/x-ndjson', '{}', 400, 'speed'],
    ['of another format than there is', '?format=parquet', 'application/x-ndjson', '{}', 400, 'format'],
  ])('%s', async (_, query, type, content, status, where) => {
    const refused = await api.current.request('POST', `/v1/datasets${query}`, content, { 'content-type': type });
    expect(refused.status).toBe(status);
    if (where) expect(refused.body.errors[0].path).toBe(where);
    else expect(refused.body).toMatchObject({ code: 'unsupported_media_type', detail: /application\/x-ndjson/ });
  });

  test('larger than the limit by its own account, before any of it is read', async () => {
    const client = await connectRaw(api.current.url);
    client.head('POST', '/v1/datasets', { ...plain, 'content-length': String(limits.datasetBytes + 1) });
    const answer = await client.received(/"errors":/);
    expect(answer).toContain('HTTP/1.1 413');
    expect(answer).toContain('dataset_too_large');
  });

  /** A form as it is sent; the file of `parts` has a name with a dot. */
  async function encodedForm(parts: string[]): Promise<{ bytes: Uint8Array; type: string }> {
    const form = new FormData();
    const file = new Blob([ndjson(...digits(50))]);
    for (const name of parts) {
      if (name.includes('.')) form.append('file', file, name);
      else form.append(name, 'a text');
    }
    const response = new Response(form);
    return { bytes: new Uint8Array(await response.arrayBuffer()), type: response.headers.get('content-type') ?? '' };
  }

  test.each([
    ['without a file', ['name'], { errors: [{ path: 'file' }] }],
    ['with an unknown field', ['speed', 'a.ndjson'], { errors: [{ path: 'speed' }] }],
    ['with a field after the file', ['a.ndjson', 'name'], { errors: [{ path: 'name' }] }],
    ['with two files', ['a.ndjson', 'b.ndjson'], { errors: [{ path: 'file' }] }],
  ])('a form %s', async (_, parts, expected) => {
    const before = await storedNames(api.current);
    const { bytes, type } = await encodedForm(parts);
    const refused = await api.current.request('POST', '/v1/datasets', bytes, { 'content-type': type });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject(expected);
    expect(await storedNames(api.current)).toEqual(before);
  });

  test('a form that is cut off', async () => {
    const before = await storedNames(api.current);
    const { bytes, type } = await encodedForm(['name', 'a.ndjson']);
    for (const length of [bytes.length - 4, bytes.length - 100, 60, 0]) {
      const cut = bytes.subarray(0, length);
      const refused = await api.current.request('POST', '/v1/datasets', cut, { 'content-type': type });
      expect(refused.status).toBe(400);
    }
    expect(await storedNames(api.current)).toEqual(before);
  });
});

describe('a sender', () => {
  const bad = '{"x":[1],"y":[]}\n'.repeat(limits.datasetErrors);

  test('that still sends is told of a refusal, and its connection goes on', async () => {
    const client = await connectRaw(api.current.url);
    client.head('POST', '/v1/datasets', chunked);
    await client.chunk(bad);
    const refused = await client.received(/"errors":/);
    expect(refused).toContain('HTTP/1.1 400');
    for (let n = 0; n < 100; n++) await client.chunk(bad.repeat(100));
    client.end();
    client.head('GET', '/health/live');
    expect(await client.received(/HTTP\/1\.1 200/)).toContain('"status":"ok"');
  });

  test('that never ends is told as well', async () => {
    const block = Buffer.from(bad.repeat(100));
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(block) });
    const refused = await api.current.request('POST', '/v1/datasets', endless, plain);
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toHaveLength(limits.datasetErrors);
  });

  test.each(['application/x-ndjson', 'multipart/form-data; boundary=b'])(
    'that goes away in the middle leaves nothing: %s',
    async (type) => {
      const current = await startApp(redis.current);
      const { id } = await uploadLines(current, digits(1));
      const upload = nextUpload(current.datasets);
      const incoming = nextStoredName(current);
      const client = await connectRaw(current.url);
      client.head('POST', '/v1/datasets', { ...chunked, 'content-type': type });
      const isForm = type.startsWith('multipart');
      if (isForm) await client.chunk('--b\r\ncontent-disposition: form-data; name="f"; filename="a.ndjson"\r\n\r\n');
      await client.chunk(ndjson(...digits(1, 100)));
      const { stored } = await upload;
      expect(await incoming).toMatch(/^\.incoming/);
      client.socket.destroy();
      await expect(stored).rejects.toThrow();
      expect(await storedNames(current)).toEqual([id]);
    },
  );

  test('does not keep the service from closing', async () => {
    const current = await startApp(redis.current);
    const upload = nextUpload(current.datasets);
    const client = await connectRaw(current.url);
    client.head('POST', '/v1/datasets', chunked);
    await client.chunk(ndjson(...digits(1)));
    const { stored } = await upload;
    await Promise.all([expect(stored).rejects.toThrow(), current.app.close()]);
    expect(await storedNames(current)).toEqual([]);
  });

  test('has more time for an upload than for any other body', async () => {
    const current = await startApp(redis.current, { bodyTimeMs: 100 });
    const client = await connectRaw(current.url);
    client.head('POST', '/v1/datasets', chunked);
    const [first, ...others] = digits(1);
    await client.chunk(ndjson(first));
    const slow = await connectRaw(current.url);
    slow.head('POST', '/v1/jobs', { ...chunked, 'content-type': 'application/json' });
    await slow.chunk('{');
    expect(await slow.received(/request_timeout/)).toContain('HTTP/1.1 408');
    await client.chunk(ndjson(...others));
    client.end();
    expect(await client.received(/"histogram"/)).toContain('HTTP/1.1 201');
  });
});
