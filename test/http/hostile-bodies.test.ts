/**
 * Bodies that are made to hurt: nested thousands of levels deep, with hundreds of thousands of unknown fields, with
 * keys and values of megabytes. Each is refused, and the refusal is small.
 */
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { ensureShallow } from '../../src/platform/input/json-depth.ts';
import { limits } from '../../src/platform/limits.ts';
import { startApp, useApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);

/** More than any refusal has to say. */
const longestRefusal = 10_000;

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('JSON that is nested too deeply is refused with the position', () => {
  const bodies: [string, string, string][] = [
    ['/predict', '{"job":"x","sequences":', '}'],
    ['/v1/jobs', '{"model":', '}'],
    ['/v1/jobs/validate', '{"name":', '}'],
    ['/v1/jobs/job_x/retry', '{"from":', '}'],
  ];

  test.each(bodies)('POST %s', async (path, before, after) => {
    for (const levels of [limits.jsonDepth, 5_000, 25_000]) {
      const { status, body } = await api.current.request('POST', path, before + nested(levels) + after);
      expect(status).toBe(400);
      expect(body.code).toBe('json_too_deep');
      const position = before.length + limits.jsonDepth - 1;
      expect(body.errors).toEqual([
        { path: `position ${position}`, message: expect.stringContaining(`deeper than ${limits.jsonDepth} levels`) },
      ]);
    }
  });

  test('a line of an upload, and the mapping of a CSV', async () => {
    const good = '{"x":[0],"y":[0]}\n';
    const upload = `${good}{"x":${nested(100_000)},"y":[0]}\n`;
    const line = await api.current.request('POST', '/v1/datasets', upload, { 'content-type': 'application/x-ndjson' });
    expect(line.status).toBe(400);
    expect(line.body.errors).toEqual([
      { path: `line 2, position ${4 + limits.jsonDepth}`, message: expect.stringContaining('deeper') },
    ]);
    const mapping = await api.current.request('POST', `/v1/datasets?mapping=${nested(2_000)}`, 'a,b\n1,2\n', {
      'content-type': 'text/csv',
    });
    expect(mapping.status).toBe(400);
    expect(mapping.body.code).toBe('json_too_deep');
  });

  test('what is too deep is named with one article', () => {
    for (const what of ['the header', 'header'])
      expect(() => ensureShallow(nested(limits.jsonDepth + 1), what)).toThrow(/^The header is not valid: at/);
  });

  test('brackets within strings do not count, and the deepest permitted is parsed', async () => {
    const text = JSON.stringify({ job: `\\"${'['.repeat(100)}`, sequences: [['{'.repeat(100)]] });
    expect((await api.current.request('POST', '/predict', text)).body.code).toBe('job_not_found');
    const deepest = `{"job":"x","sequences":${nested(limits.jsonDepth - 1)}}`;
    expect((await api.current.request('POST', '/predict', deepest)).body.code).toBe('job_not_found');
  });
});

describe('a refusal stays small', () => {
  const long = 'k'.repeat(7_600_000);

  test.each(['/predict', '/v1/jobs', '/v1/jobs/validate'])('700,000 unknown fields at %s', async (path) => {
    const fields = Array.from({ length: 700_000 }, (_, i) => `"_${i.toString(36)}":1`).join(',');
    const { status, text, body } = await api.current.request('POST', path, `{"job":"x","sequences":[[0]],${fields}}`);
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(longestRefusal);
    expect(body.errors).toHaveLength(limits.errors);
    expect(body.detail).toMatch(/and (699999|700001) more/);
    expect(body.detail).toContain(`${limits.errors} are listed`);
  });

  test.each([
    ['a key', { [long]: 1 }],
    ['a value', { name: 7, job: 'x', sequences: long }],
    ['a step', { job: 'x', sequences: [[long]] }],
    ['a list as a name', { job: Array(2_000_000).fill(0), sequences: [[0]] }],
  ])('%s of megabytes', async (_, request) => {
    for (const path of ['/predict', '/v1/jobs/validate']) {
      const { text } = await api.current.request('POST', path, request);
      expect(text.length).toBeLessThan(longestRefusal);
    }
  });

  test('keys, strings and ids of megabytes in an upload', async () => {
    const lines = [`{"x":[0],"y":[0],"${long}":1}`, `{"x":["${long}"],"y":[0]}`, `"${long}"`, long];
    for (const line of lines) {
      const { status, text } = await api.current.request('POST', '/v1/datasets', line, {
        'content-type': 'application/x-ndjson',
      });
      expect(status).toBe(400);
      expect(text.length).toBeLessThan(longestRefusal);
    }
    const csv = await api.current.request('POST', '/v1/datasets', `"${long}",b\n1,2\n`, { 'content-type': 'text/csv' });
    expect(csv.status).toBe(400);
    expect(csv.text.length).toBeLessThan(longestRefusal);
  });

  test('a path and a header of kilobytes', async () => {
    const path = `/${'p/'.repeat(4_000)}`;
    for (const long of [path, `/v1/jobs/${'x'.repeat(8_000)}`, `/v1/jobs/%zz${'x'.repeat(8_000)}`]) {
      const response = await fetch(api.current.url + long);
      expect([400, 404, 414]).toContain(response.status);
      expect((await response.text()).length).toBeLessThan(1_000);
    }
    const submitted = await api.current.request('POST', '/v1/jobs', {}, { 'idempotency-key': 'i'.repeat(8_000) });
    expect(submitted.status).toBe(400);
    expect(submitted.text.length).toBeLessThan(1_000);
  });
});

test('the log says of a request what fits on a line, however long its URL and its Host are', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const { request } = await startApp(redis.current, { logger });
  await request('GET', `/v1/jobs?status=${'x'.repeat(12_000)}`);
  await request('GET', `/${'p/'.repeat(4_000)}`);
  await request('GET', '/v1/jobs', undefined, { 'idempotency-key': 'i'.repeat(8_000) });
  const urls = lines.filter((line) => line.includes('"req":'));
  expect(urls.filter((line) => line.includes('/v1/jobs?status=xxx'))).toHaveLength(1);
  for (const line of lines) expect(line.length).toBeLessThan(1_000);
});
