/**
 * Request bodies that are compressed: read where their encoding is known, cut where they become too large, refused with
 * what would be taken otherwise.
 */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/platform/limits.ts';
import { ndjson } from '../data/stores.ts';
import { useApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';
import { digits, plain, storedNames } from '../support/uploads.ts';

const api = useApp(useRedis());
const json = { 'content-type': 'application/json' };

describe.each([
  ['gzip', gzipSync],
  ['X-GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('%s', (encoding, compress) => {
  test('is read as JSON', async () => {
    const body = compress(JSON.stringify({ name: 'compressed' }));
    const { status, body: job } = await api.current.request('POST', '/v1/jobs', body, {
      ...json,
      'content-encoding': encoding,
    });
    expect([status, job.name]).toEqual([201, 'compressed']);
  });

  test('is read as an upload', async () => {
    const text = ndjson(...digits(11));
    const sent = await api.current.request('POST', '/v1/datasets', compress(text), {
      ...plain,
      'content-encoding': encoding,
    });
    expect([200, 201]).toContain(sent.status);
    expect(sent.body).toMatchObject({ sequences: 10, steps: 200 });
  });

  test('that is not what it says it is, or is cut off, is refused', async () => {
    const whole = compress(JSON.stringify({ name: 'x'.repeat(100) }));
    const bodies = [Buffer.from('{"name": "plain"}'), whole.subarray(0, whole.length - 5)];
    for (const [path, headers] of [
      ['/v1/jobs', json],
      ['/v1/datasets', plain],
    ] as const) {
      for (const body of bodies) {
        const sent = await api.current.request('POST', path, body, { ...headers, 'content-encoding': encoding });
        expect([sent.status, sent.body.code]).toEqual([400, 'malformed_encoding']);
      }
    }
    expect((await storedNames(api.current)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

test.each(['zstd', 'compress', 'gzip, br', 'gzip gzip'])('%s is no encoding that is read', async (encoding) => {
  for (const [path, headers] of [
    ['/v1/jobs', json],
    ['/v1/datasets', plain],
  ] as const) {
    const sent = await api.current.request('POST', path, gzipSync('{}'), { ...headers, 'content-encoding': encoding });
    expect([sent.status, sent.body.code]).toEqual([415, 'unsupported_media_type']);
    expect(sent.headers.get('accept-encoding')).toBe('gzip, deflate, br');
    expect(sent.body.detail).toContain(`"${encoding}"`);
  }
});

test('a form is not to be compressed as a whole', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-encoding': 'gzip' };
  const { status, body } = await api.current.request('POST', '/v1/datasets', gzipSync('--b--'), headers);
  expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
});

test('a small body that becomes a large one is cut at the limit', async () => {
  const bomb = gzipSync(`{"name":"${' '.repeat(limits.body)}"}`);
  expect(bomb.length).toBeLessThan(limits.body / 100);
  const { status, body } = await api.current.request('POST', '/v1/jobs', bomb, { ...json, 'content-encoding': 'gzip' });
  expect([status, body.code]).toEqual([413, 'body_too_large']);
});

test('an upload that inflates to more than its limit is refused before all of it is inflated', async () => {
  // Gzip members that follow each other are one stream: 1 GiB, of which the limit of a line is 16 MiB.
  const member = gzipSync(Buffer.alloc(2 ** 20, ' '));
  const bomb = Buffer.concat(Array.from({ length: 1024 }, () => member));
  const start = performance.now();
  const { status, body } = await api.current.request('POST', '/v1/datasets', bomb, {
    ...plain,
    'content-encoding': 'gzip',
  });
  expect(status).toBe(400);
  expect(body.errors).toEqual([{ path: 'line 1', message: `must have at most ${limits.datasetLineBytes} characters` }]);
  expect(performance.now() - start).toBeLessThan(5_000);
  expect((await storedNames(api.current)).filter((name) => name.startsWith('.'))).toEqual([]);
});
