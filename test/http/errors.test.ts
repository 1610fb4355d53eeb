/**
 * What goes wrong before a handler runs comes out as problem documents, too.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { BusyError } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import { startApp, useApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);

test('a problem has the fields of RFC 9457, a code, and an id to find it in the log', async () => {
  const { status, headers, body } = await api.current.request('GET', '/v1/jobs/job_missing?x=1');
  expect(status).toBe(404);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-z]{26}$/);
  expect(body).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'There is no job "job_missing".',
    instance: '/v1/jobs/job_missing',
    code: 'job_not_found',
  });
});

test.each([
  ['/', undefined],
  ['/v1', undefined],
  ['/v1/predict', '/predict'],
  ['/v1/job', '/v1/jobs'],
  ['/jobs', '/v1/jobs'],
  ['/nothing/like/it', undefined],
])(
  'no route %s: the answer leads to the documentation, and to the route that may have been meant',
  async (path, meant) => {
    const { status, body } = await api.current.request('GET', path);
    expect(status).toBe(404);
    expect(body.detail).toBe(
      `There is no route ${JSON.stringify(path)}. ${meant ? `Did you mean ${meant}? ` : ''}GET /docs lists the routes, and GET /openapi.json describes them.`,
    );
  },
);

test.each(['{', '{"a":}', 'x', '{"a":1}}', '\u0000', '[1,]', '['.repeat(limits.jsonDepth)])(
  'malformed JSON: %s',
  async (text) => {
    for (const path of ['/v1/jobs', '/v1/jobs/validate', '/predict']) {
      const { status, body } = await api.current.request('POST', path, text);
      expect(status).toBe(400);
      expect(body.code).toBe('malformed_json');
    }
  },
);

test.each([
  ['{"a":}', 'line 1, column 6 (byte 5) a value must follow, but "}" is there'],
  ['{"ä": 1,\n "b" 2}', 'line 2, column 6 (byte 15) a colon must follow, but "2" is there'],
  ['[1,\n2', 'line 2, column 2 (byte 5) a value or ] must follow, but the body ends'],
  ["{'a': 1}", 'line 1, column 2 (byte 1) a value must follow, but "\'a\'" is there'],
  ['{"a": 1,}', 'line 1, column 9 (byte 8) a field name in double quotes must follow, but "}" is there'],
  ['{} {}', 'line 1, column 4 (byte 3) nothing must follow, but "{" is there'],
  ['// none\n{}', 'line 1, column 1'],
])('%j is not JSON, and the answer says where', async (text, place) => {
  const { status, body } = await api.current.request('POST', '/v1/jobs', text);
  expect([status, body.code]).toEqual([400, 'malformed_json']);
  expect(body.detail).toContain(place);
});

test('a body that is not UTF-8 is refused, with the place of the first byte that is not', async () => {
  const body = Buffer.concat([Buffer.from('{"name":\n"\u00e4 \ufffd '), Buffer.from([0xe4, 0x41]), Buffer.from('"}')]);
  const { status, body: problem } = await api.current.request('POST', '/v1/jobs', new Uint8Array(body));
  expect([status, problem.code]).toEqual([400, 'malformed_json']);
  expect(problem.detail).toContain('line 2, column 6 (byte 17)');
});

test('of two fields of the same name the last one counts', async () => {
  const { body } = await api.current.request('POST', '/v1/jobs', '{"name": "first", "name": "last"}');
  expect(body.name).toBe('last');
});

test.each([
  '{"__proto__":{"name":"x"}}',
  '{"model":{"__proto__":{"units":9}}}',
  '{"constructor":{"prototype":{"a":1}}}',
])('a body that reaches for a prototype: %s', async (text) => {
  const { status } = await api.current.request('POST', '/v1/jobs', text);
  expect(status).toBe(400);
  expect(Object.hasOwn(Object.prototype, 'name')).toBe(false);
});

test('a body over the limit is refused, and one just under it is read', async () => {
  const padded = (bytes: number) => `{"name":"x"${' '.repeat(bytes - 12)}}`;
  const refused = await api.current.request('POST', '/v1/jobs', padded(limits.body + 1));
  expect(refused.status).toBe(413);
  expect(refused.body.code).toBe('body_too_large');
  expect(refused.body.detail).toBe(`The body is larger than ${limits.body} bytes, which is the limit here.`);
  const steps = await api.current.request('POST', '/v1/sessions/ses_x/steps', padded(limits.smallBody + 1));
  expect(steps.body).toMatchObject({
    status: 413,
    code: 'body_too_large',
    detail: `The body is larger than ${limits.smallBody} bytes, which is the limit here.`,
  });
  expect((await api.current.request('POST', '/v1/jobs', padded(limits.body))).status).toBe(201);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml', 'nonsense'])(
  'a body of type %s is not taken',
  async (type) => {
    const { status, body } = await api.current.request('POST', '/v1/jobs', '{}', { 'content-type': type });
    expect(status).toBe(415);
    expect(body.code).toBe('unsupported_media_type');
    expect(body.detail).toBe(`The Content-Type must be application/json, but is "${type}".`);
  },
);

test('a missing body is said to be missing, whether or not it was announced as JSON', async () => {
  for (const headers of [{}, { 'content-type': 'application/json' }] as Record<string, string>[]) {
    const { status, body } = await api.current.request('POST', '/v1/jobs', undefined, headers);
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_input');
  }
});

test("an empty body of another type, as curl -d '' sends it, is called empty", async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const { status, body } = await api.current.request('POST', '/v1/jobs', '', form);
  expect(status).toBe(415);
  expect(body.detail).toBe(
    `The body is empty. The Content-Type must be application/json, but is "application/x-www-form-urlencoded". Send a JSON object (curl -H 'content-type: application/json' -d '{}'), or neither body nor Content-Type where the route needs none.`,
  );
});

test('a verb needs no body, even if it is announced as JSON', async () => {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  const cancelled = await api.current.request('POST', `/v1/jobs/${id}/cancel`, undefined, {
    'content-type': 'application/json',
  });
  expect(cancelled.status).toBe(200);
});

test.each([
  ['PUT', '/v1/jobs', 'DELETE, GET, HEAD, OPTIONS, POST'],
  ['PATCH', '/v1/jobs/job_x', 'DELETE, GET, HEAD, OPTIONS'],
  ['POST', '/v1/jobs/job_x', 'DELETE, GET, HEAD, OPTIONS'],
  ['GET', '/v1/jobs/validate', 'OPTIONS, POST'],
  ['DELETE', '/v1/jobs/validate', 'OPTIONS, POST'],
  ['GET', '/v1/jobs/cancel', 'OPTIONS, POST'],
  ['GET', '/v1/jobs/job_x/cancel', 'OPTIONS, POST'],
  ['HEAD', '/v1/jobs/job_x/retry', 'OPTIONS, POST'],
  ['POST', '/v1/jobs/job_x/events', 'GET, HEAD, OPTIONS'],
  ['DELETE', '/v1/jobs/job_x/checkpoints', 'GET, HEAD, OPTIONS'],
  ['PUT', '/v1/jobs/job_x/checkpoints/3/download', 'GET, HEAD, OPTIONS'],
  ['GET', '/predict', 'OPTIONS, POST'],
  ['PROPFIND', '/predict', 'OPTIONS, POST'],
  ['POST', '/v1/presets', 'GET, HEAD, OPTIONS'],
  ['POST', '/health/ready', 'GET, HEAD, OPTIONS'],
  ['PUT', '/metrics', 'GET, HEAD, OPTIONS'],
  ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
])('%s %s is answered with 405 and the methods that are allowed', async (method, path, allow) => {
  const { status, headers, body, text } = await api.current.request(
    method,
    path,
    method === 'HEAD' || method === 'GET' ? undefined : '{',
  );
  expect(status).toBe(405);
  expect(headers.get('allow')).toBe(allow);
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-z]{26}$/);
  if (method === 'HEAD') expect(text).toBe('');
  else expect(body.code).toBe('method_not_allowed');
});

test('OPTIONS tells what is allowed', async () => {
  const { status, headers } = await api.current.request('OPTIONS', '/v1/jobs');
  expect(status).toBe(204);
  expect(headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, POST');
});

test.each(['/', '/v1', '/v1/jobs/a/b', '/v3/jobs', '/predict/x', '/v1/jobs/%2e%2e/%2e%2e'])(
  'there is no %s',
  async (path) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, body } = await api.current.request(method, path, method === 'POST' ? {} : undefined);
      expect(status).toBe(404);
      expect(body.code).toBe('route_not_found');
    }
  },
);

test('of a part with an encoded slash no method is refused that is said to be allowed', async () => {
  const path = '/v1/models/..%2f..%2fx:predict';
  const { status, body } = await api.current.request('POST', path, { instances: [[0]] });
  expect(status).toBe(404);
  expect(body.error).toContain(`There is no route ${JSON.stringify(path)}.`);
});

test.each(['/v1/jobs/', '/v1/datasets/', '/v1/jobs//events', '/v1/presets/'])(
  'of %s it is said that a part of it is empty',
  async (path) => {
    const { status, body } = await api.current.request('GET', path);
    expect(status).toBe(404);
    expect(body).toMatchObject({
      code: 'route_not_found',
      detail: expect.stringContaining('A part of the path is empty'),
    });
  },
);

test('a path that is no URL is refused', async () => {
  const { status, body } = await api.current.request('GET', '/v1/jobs/%E0%A4%A');
  expect(status).toBe(400);
  expect(body.code).toBe('bad_url');
});

test('a path with an endless part is refused', async () => {
  const response = await fetch(`${api.current.url}/v1/jobs/${'x'.repeat(200)}`);
  expect(response.status).toBe(414);
  expect(await response.json()).toMatchObject({ status: 414, code: 'uri_too_long' });
});

test('what is not HTTP is refused in the same form', async () => {
  const socket = connect(Number(new URL(api.current.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.end('HELLO\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const [head, body] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  expect(head).toContain('400 Bad Request');
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'malformed_http' });
});

test('a fault of ours is hidden from the caller', async () => {
  const examine = async () => {
    throw new Error('secret path /etc/x');
  };
  const { request } = await startApp(redis.current, { examine });
  const { status, text, body } = await request('POST', '/v1/jobs/validate', {});
  expect(status).toBe(500);
  expect(body.code).toBe('internal');
  expect(text).not.toContain('secret');
});

test('a service that is busy does not fill its log', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const examine = async () => {
    throw new BusyError('Too much waits.');
  };
  const { request } = await startApp(redis.current, { examine, logger });
  expect((await request('POST', '/v1/jobs/validate', {})).body).toMatchObject({ status: 503, code: 'busy' });
  expect(lines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
});
