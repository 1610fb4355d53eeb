/**
 * Downloads that depend on what the caller has, and their headers alone (RFC 9110, sections 13 and 14.2).
 */
import { beforeAll, expect, test, vi } from 'vitest';
import { downloadFormats } from '../../src/checkpoints/download/formats.ts';
import { useApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import { openFilesOf } from '../support/open-files.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());
let job: string;
let etag: string;

beforeAll(async () => {
  job = (await api.current.request('POST', '/v1/jobs', {})).body.id;
  await saveCheckpoint(api.current.checkpoints, job, 7, 1);
  etag = (await ask('GET')).headers.etag;
});

/** The status, the headers and the length of the body. */
async function ask(method: string, headers: Record<string, string> = {}, format = 'tfjs') {
  const path = `/v1/jobs/${job}/checkpoints/latest/download?format=${format}`;
  const response = await fetch(api.current.url + path, { method, headers });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

test.each(['GET', 'HEAD'])('%s of what the caller has is answered 304, without a body', async (method) => {
  for (const had of [etag, `"other", ${etag}`, `"of, two",W/${etag}`, '*', ' * ']) {
    const answer = await ask(method, { 'if-none-match': had });
    expect([answer.status, answer.body.length], had).toEqual([304, 0]);
    expect(answer.headers.etag).toBe(etag);
    expect(answer.headers).not.toHaveProperty('content-length');
    expect(answer.headers).not.toHaveProperty('content-type');
  }
  for (const had of ['"other"', etag.slice(1, -1), '', `"${etag}"`]) {
    expect((await ask(method, { 'if-none-match': had })).status, had).toBe(200);
  }
});

test.each(['GET', 'HEAD'])('%s of anything else than the caller wants is refused with 412', async (method) => {
  for (const wanted of [etag, `"other",${etag}`, '*']) {
    expect((await ask(method, { 'if-match': wanted })).status, wanted).toBe(200);
  }
  for (const wanted of ['"other"', `W/${etag}`, etag.slice(1, -1)]) {
    const answer = await ask(method, { 'if-match': wanted });
    expect(answer.status, wanted).toBe(412);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    if (method === 'HEAD') continue;
    const problem = JSON.parse(answer.body.toString());
    expect(problem).toMatchObject({ status: 412, code: 'precondition_failed' });
    expect(problem.detail).toContain(etag);
  }
});

test('conditions are looked at in their order: If-Match, If-None-Match, Range', async () => {
  const range = 'bytes=0-9';
  expect((await ask('GET', { 'if-match': '"other"', 'if-none-match': etag, range })).status).toBe(412);
  expect((await ask('GET', { 'if-match': etag, 'if-none-match': etag, range })).status).toBe(304);
  expect((await ask('GET', { 'if-match': etag, 'if-none-match': '"other"', range })).status).toBe(206);
  expect((await ask('GET', { 'if-none-match': etag, range: 'bytes=99999999-' })).status).toBe(304);
});

test.each(downloadFormats)(
  'HEAD has the headers of GET and no body, and a Range means nothing to it: %s',
  async (format) => {
    const whole = await ask('GET', {}, format);
    for (const headers of [
      {},
      { range: 'bytes=0-9' },
      { range: 'bytes=99999999-' },
      { range: 'bytes=0-9', 'if-range': etag },
    ]) {
      const answer = await ask('HEAD', headers as Record<string, string>, format);
      expect([answer.status, answer.body.length]).toEqual([200, 0]);
      for (const name of ['content-length', 'content-type', 'content-disposition', 'etag', 'accept-ranges']) {
        expect(answer.headers[name], name).toBe(whole.headers[name]);
      }
      expect(answer.headers).not.toHaveProperty('content-range');
    }
  },
);

test('whatever the answer, no file stays open', async () => {
  for (const [method, headers] of [
    ['GET', { 'if-none-match': '*' }],
    ['GET', { 'if-match': '"other"' }],
    ['GET', { range: 'bytes=99999999-' }],
    ['HEAD', {}],
    ['HEAD', { 'if-none-match': '*' }],
  ] as const) {
    await ask(method, headers);
  }
  await vi.waitFor(async () => expect(await openFilesOf(job)).toEqual([]));
});
