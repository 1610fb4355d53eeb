/**
 * Browsers: a name that somebody else points here, and pages of other origins, reach nothing. Everybody else is not kept out.
 */
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { startApp, useApp } from '../support/app.ts';
import { connectRaw } from '../support/raw-socket.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis, { hosts: ['api', 'lookback.example.org'] });

/** Status and code of the answer to a request with these headers, each in a line of its own. */
async function ask(
  request: string,
  headers: string[],
  url = api.current.url,
): Promise<{ status: number; code?: string }> {
  const { socket, received } = await connectRaw(url);
  socket.write(`${[`${request} HTTP/1.1`, ...headers, 'content-length: 0', 'connection: close'].join('\r\n')}\r\n\r\n`);
  const answer = await received(/\r\n\r\n(.*\}\r?\n?|.*)$/s);
  return { status: Number(answer.split(' ')[1]), code: /"code":"(\w+)"/.exec(answer)?.[1] };
}

describe('Host', () => {
  test('a target that names a host goes before the header', async () => {
    const own = ['host: localhost'];
    expect(await ask('GET http://localhost/health/live', own)).toEqual({ status: 200 });
    expect(await ask('PUT http://localhost/v1/jobs', own)).toEqual({ status: 405, code: 'method_not_allowed' });
    expect(await ask('GET http://evil.example/health/live', own)).toEqual({ status: 421, code: 'host_not_allowed' });
  });

  test.each([
    'localhost',
    'LOCALHOST:3000',
    'ui.localhost',
    '127.0.0.1:3000',
    '[::1]:3000',
    '10.244.0.17:3000',
    'api:3000',
    'Lookback.Example.org',
  ])('%s is answered', async (host) => {
    expect((await ask('GET /health/live', [`host: ${host}`])).status).toBe(200);
  });

  test.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.nip.io',
    'apis',
  ])('%s is refused, whatever is asked', async (host) => {
    for (const request of ['GET /v1/jobs', 'POST /v1/jobs', 'GET /health/live', 'GET /nothing', 'OPTIONS /v1/jobs']) {
      expect(await ask(request, [`host: ${host}`])).toEqual({ status: 421, code: 'host_not_allowed' });
    }
  });

  test.each([
    ['none', []],
    ['two', ['host: localhost', 'host: evil.example']],
    ['one that is empty', ['host:']],
    ['one that is a path', ['host: localhost/x']],
    ['one with a user', ['host: user@localhost']],
    ['one with a port that is none', ['host: localhost:http']],
  ])('%s is malformed', async (_, headers) => {
    expect(await ask('GET /v1/jobs', headers)).toEqual({ status: 400, code: 'malformed_http' });
  });

  test('everything is answered where the list is *', async () => {
    const open = await startApp(redis.current, { hosts: ['*'] });
    expect((await ask('GET /health/live', ['host: evil.example'], open.url)).status).toBe(200);
  });
});

describe('a page of', () => {
  const host = 'host: localhost:3000';
  test.each([
    ['another origin', ['origin: https://evil.example']],
    [
      'another origin with a form',
      ['origin: https://evil.example', 'content-type: text/plain', 'sec-fetch-site: cross-site'],
    ],
    ['no origin', ['origin: null']],
    ['another port', ['origin: http://localhost:8080', 'sec-fetch-site: same-site']],
    ['another port of an old browser', ['origin: http://localhost:8080']],
    ['an origin that is not told', ['sec-fetch-site: cross-site']],
  ])('%s changes nothing', async (_, headers) => {
    for (const request of [
      'POST /v1/datasets?format=ndjson',
      'POST /v1/jobs',
      'DELETE /v1/jobs/job_x',
      'POST /v1/jobs/job_x/cancel',
    ]) {
      expect(await ask(request, [host, ...headers])).toEqual({ status: 403, code: 'origin_not_allowed' });
    }
    expect((await ask('GET /health/live', [host, ...headers])).status).toBe(200);
  });

  test.each([
    ['the service itself', [host, 'origin: http://localhost:3000', 'sec-fetch-site: same-origin']],
    ['the service itself, in an old browser', [host, 'origin: http://localhost:3000']],
    ['the service behind TLS', ['host: lookback.example.org', 'origin: https://lookback.example.org']],
    ['a host that is listed', [host, 'origin: https://lookback.example.org:8443', 'sec-fetch-site: cross-site']],
    ['nobody', [host]],
    ['nobody: the address was typed', [host, 'sec-fetch-site: none']],
  ])('%s may', async (_, headers) => {
    expect((await ask('POST /v1/jobs/job_x/cancel', headers)).status).toBe(404);
  });
});

test('the list comes from HOST and LOOKBACK_HOSTS', () => {
  expect(readConfig({ HOST: 'train.lan', LOOKBACK_HOSTS: ' api, ,lookback.example.org' }).hosts).toEqual([
    'train.lan',
    'api',
    'lookback.example.org',
  ]);
  expect(() => readConfig({ LOOKBACK_HOSTS: 'http://x' })).toThrow('LOOKBACK_HOSTS');
});
