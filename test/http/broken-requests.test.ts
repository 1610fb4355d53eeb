/**
 * Requests that are broken below HTTP's semantics: each is answered with a problem document, and the service answers the next one.
 */
import { afterEach, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { connectRaw } from '../support/raw-socket.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());

afterEach(async () => {
  expect((await api.current.request('GET', '/health/live')).status).toBe(200);
});

const host = 'Host: localhost';
const post = ['POST /v1/jobs HTTP/1.1', host, 'Content-Type: application/json'];
const chunked = [...post, 'Transfer-Encoding: chunked'];

test.each<[string, number, string, string[], string]>([
  ['an expectation that is not met', 417, 'expectation_failed', [...post, 'Expect: gold', 'Content-Length: 2'], '{}'],
  ['no Host', 400, 'malformed_http', ['GET /v1/jobs HTTP/1.1'], ''],
  ['headers of 20 KiB', 431, 'headers_too_large', ['GET / HTTP/1.1', host, `X: ${'x'.repeat(20_000)}`], ''],
  ['a URL of 20 KiB', 431, 'headers_too_large', [`GET /v1/jobs?status=${'x'.repeat(20_000)} HTTP/1.1`, host], ''],
  ['a path of 10 KiB', 414, 'uri_too_long', [`GET /v1/jobs/${'x'.repeat(10_000)} HTTP/1.1`, host], ''],
  ['a length that is no number', 400, 'malformed_http', [...post, 'Content-Length: two'], '{}'],
  ['a negative length', 400, 'malformed_http', [...post, 'Content-Length: -2'], '{}'],
  ['two lengths', 400, 'malformed_http', [...post, 'Content-Length: 2', 'Content-Length: 3'], '{}'],
  ['a length beside chunks', 400, 'malformed_http', [...chunked, 'Content-Length: 2'], '2\r\n{}\r\n0\r\n\r\n'],
  ['an unknown transfer encoding', 400, 'malformed_http', [...post, 'Transfer-Encoding: gzip'], '{}'],
  ['chunks that are not the last encoding', 400, 'malformed_http', [...post, 'Transfer-Encoding: chunked, gzip'], '{}'],
  ['a chunk size that is no number', 400, 'malformed_http', chunked, 'zz\r\n{}\r\n0\r\n\r\n'],
  ['a chunk that is longer than it says', 400, 'malformed_http', chunked, '1\r\n{}\r\n0\r\n\r\n'],
  ['a header name with a space', 400, 'malformed_http', ['GET / HTTP/1.1', host, 'A B: c'], ''],
  ['a header that is folded', 400, 'malformed_http', ['GET / HTTP/1.1', host, 'A: b\r\n\x01c'], ''],
  ['another protocol', 400, 'malformed_http', ['GET / HTTP/3.7', host], ''],
  ['percent signs that encode nothing', 400, 'bad_url', ['GET /v1/jobs/%zz HTTP/1.1', host], ''],
  ['bytes in a path that are no UTF-8', 400, 'bad_url', ['GET /v1/jobs/%ff%fe HTTP/1.1', host], ''],
  ['a query parameter twice', 400, 'invalid_input', ['GET /v1/jobs?limit=1&limit=2 HTTP/1.1', host], ''],
  ['a slash too many', 404, 'route_not_found', ['GET /v1/presets/ HTTP/1.1', host], ''],
  ['an empty id', 404, 'route_not_found', ['GET /v1/jobs/ HTTP/1.1', host], ''],
  ['an empty id within a path', 404, 'route_not_found', ['GET /v1/jobs//events HTTP/1.1', host], ''],
  ['an empty step', 404, 'route_not_found', ['GET /v1/jobs/job_x/checkpoints//download HTTP/1.1', host], ''],
  [
    'a file of the documentation that is not there',
    404,
    'route_not_found',
    ['GET /docs/static/x.js HTTP/1.1', host],
    '',
  ],
  ['a file outside it', 404, 'route_not_found', ['GET /docs/static/..%2f..%2fpackage.json HTTP/1.1', host], ''],
])('%s', async (_, status, code, head, body) => {
  const { socket, received } = await connectRaw(api.current.url);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  const answer = await received(/\r\n\r\n.*\}\s*$/s);
  expect(answer.split('\r\n')[0]).toContain(` ${status} `);
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code });
});

test('100-continue is met', async () => {
  const { socket, received } = await connectRaw(api.current.url);
  socket.write(`${[...post, 'Expect: 100-continue', 'Content-Length: 2'].join('\r\n')}\r\n\r\n`);
  await received(/^HTTP\/1\.1 100 Continue/);
  socket.write('{}');
  await received(/HTTP\/1\.1 201/);
});
