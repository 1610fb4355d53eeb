/** Which heads are read without a parser of HTTP: those in which nothing can be understood in two ways. */
import { expect, test } from 'vitest';
import { readPlainHead } from '../../../src/http/fast-path/plain-request.ts';

const line = 'POST /predict HTTP/1.1';
const host = 'Host: localhost:3000';
const type = 'Content-Type: application/json';
const length = 'Content-Length: 17';
const head = (...lines: string[]) => lines.join('\r\n');

test.each([
  ['the least', head(line, host, type, length)],
  [
    'another order and other letters',
    head(line, 'content-length: 17', 'CONTENT-TYPE: application/json', 'host: localhost:3000'),
  ],
  ['a charset', head(line, host, 'content-type: application/json; charset=utf-8', length)],
  ['no white space', head(line, 'host:localhost:3000', 'content-type:application/json', 'content-length:17')],
  [
    'what clients add',
    head(
      line,
      host,
      type,
      length,
      'User-Agent: a/1 (b; c)',
      'Accept: */*',
      'Accept-Encoding: gzip, br',
      'Connection: keep-alive',
      'accept-language: *',
      'sec-fetch-mode: cors',
    ),
  ],
  [
    'what proxies add',
    head(
      line,
      host,
      type,
      length,
      'X-Forwarded-For: 10.0.0.1, 10.0.0.2',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: example.org',
      'X-Forwarded-Port: 443',
      'X-Real-IP: 10.0.0.1',
      'Forwarded: for=10.0.0.1;proto=https',
      'Via: 1.1 proxy',
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'tracestate: a=1',
    ),
  ],
])('%s', (_, text) => {
  expect(readPlainHead(text)).toEqual({ host: 'localhost:3000', contentLength: 17 });
});

test.each([
  ['another method', head('GET /predict HTTP/1.1', host, type, length)],
  ['another path', head('POST /predict/explain HTTP/1.1', host, type, length)],
  ['a query', head('POST /predict?x=1 HTTP/1.1', host, type, length)],
  ['a target with a host', head('POST http://localhost/predict HTTP/1.1', host, type, length)],
  ['another version', head('POST /predict HTTP/1.0', host, type, length)],
  ['two spaces', head('POST  /predict HTTP/1.1', host, type, length)],
  ['no host', head(line, type, length)],
  ['two hosts', head(line, host, host, type, length)],
  ['a host that is none', head(line, 'Host: a/b', type, length)],
  ['an empty host', head(line, 'Host: ', type, length)],
  ['no length', head(line, host, type)],
  ['two lengths', head(line, host, type, length, 'content-length: 17')],
  ['an empty body', head(line, host, type, 'Content-Length: 0')],
  ['a length with a sign', head(line, host, type, 'Content-Length: +17')],
  ['a length with a zero before it', head(line, host, type, 'Content-Length: 017')],
  ['a length that is a list', head(line, host, type, 'Content-Length: 17, 17')],
  ['a length of ten digits', head(line, host, type, 'Content-Length: 1000000000')],
  ['chunks', head(line, host, type, length, 'Transfer-Encoding: chunked')],
  ['a compressed body', head(line, host, type, length, 'Content-Encoding: gzip')],
  ['no type', head(line, host, length)],
  ['another type', head(line, host, 'Content-Type: text/plain', length)],
  ['another charset', head(line, host, 'Content-Type: application/json; charset=utf-16', length)],
  ['an expectation', head(line, host, type, length, 'Expect: 100-continue')],
  ['an end of the connection', head(line, host, type, length, 'Connection: close')],
  ['an upgrade', head(line, host, type, length, 'Connection: upgrade', 'Upgrade: websocket')],
  ['an origin', head(line, host, type, length, 'Origin: http://localhost:3000')],
  ['a page of another site', head(line, host, type, length, 'Sec-Fetch-Site: cross-site')],
  ['a header that is not known', head(line, host, type, length, 'Authorization: Bearer x')],
  ['a name of the prototype', head(line, host, type, length, 'constructor: x')],
  ['a space before the colon', head(line, host, type, 'Content-Length : 17')],
  ['a folded line', head(line, host, type, length, 'Accept: a', ' b')],
  ['an end of line without its return', `${head(line, host, type, length)}\nAccept: a`],
  ['a return alone', `${head(line, host, type, length)}\rAccept: a`],
  ['a control character', head(line, host, type, length, 'Accept: a\u0000b')],
  ['a tab', head(line, host, type, length, 'Accept:\ta')],
  ['letters outside ASCII', head(line, host, type, length, 'User-Agent: \u00fc')],
  ['a line without a colon', head(line, host, type, length, 'Accept')],
  ['an empty line', ''],
])('%s is for Node to read', (_, text) => {
  expect(readPlainHead(text)).toBeUndefined();
});
