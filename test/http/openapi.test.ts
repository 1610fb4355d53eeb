/**
 * The OpenAPI document: valid, complete, and with names that generated clients can live with.
 */
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { type Json, startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('the document is valid OpenAPI 3.1', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('GET', '/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(await new Validator().validate(body)).toEqual({ valid: true });
});

test('every operation has a name of its own, a summary, and problem documents for what can go wrong', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('GET', '/openapi.json');
  const operations = Object.values<Record<string, Json>>(body.paths).flatMap((path) => Object.values(path));
  expect(operations.length).toBeGreaterThan(18);
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { operationId, summary, responses, tags } of operations) {
    // The protocols of others have errors of their own.
    const type = tags.includes('protocols') ? 'application/json' : 'application/problem+json';
    expect(summary, operationId).toMatch(/^[A-Z]/);
    for (const [status, { content }] of Object.entries<Json>(responses)) {
      if (Number(status) >= 400) expect(Object.keys(content), operationId).toEqual([type]);
    }
    expect(Object.keys(responses), operationId).toContain('500');
  }
});

test('the schemas have names, and every name is used', async () => {
  const { request } = await startApp(redis.current);
  const { text, body } = await request('GET', '/openapi.json');
  const names = Object.keys(body.components.schemas);
  expect(names).toEqual(
    expect.arrayContaining([
      'JobSpecInput',
      'JobSpec',
      'Job',
      'JobEvent',
      'Checkpoint',
      'DatasetSheet',
      'Task',
      'Problem',
    ]),
  );
  for (const name of names) expect(text).toContain(`"#/components/schemas/${name}"`);
});

test('an upload is described for each kind of body', async () => {
  const { request } = await startApp(redis.current);
  const { body } = await request('GET', '/openapi.json');
  const { content } = body.paths['/v1/datasets'].post.requestBody;
  expect(Object.keys(content)).toEqual(expect.arrayContaining(['application/x-ndjson', 'text/csv']));
  expect(content['multipart/form-data'].schema.properties.mapping.required).toEqual(['sequence', 'features', 'label']);
});

test('people find the document at /docs', async () => {
  const { url } = await startApp(redis.current);
  const page = await fetch(`${url}/docs`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('swagger-ui');
  const slashed = await fetch(`${url}/docs/`);
  expect(slashed.status).toBe(200);
  expect(await slashed.text()).toContain('swagger-ui');
  expect((await fetch(`${url}/docs/`, { method: 'OPTIONS' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
});

test('no other page can frame /docs, and it loads nothing from elsewhere', async () => {
  const { url } = await startApp(redis.current);
  for (const path of ['/docs', '/docs/', '/docs/static/swagger-ui.css']) {
    const page = await fetch(url + path);
    const { status, headers } = page;
    await page.arrayBuffer();
    expect(status).toBe(200);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  }
  expect((await fetch(`${url}/openapi.json`, { method: 'HEAD' })).headers.has('x-frame-options')).toBe(false);
});

test('the form of an upload allows no field that is refused', async () => {
  const { request } = await startApp(redis.current);
  const { content } = (await request('GET', '/openapi.json')).body.paths['/v1/datasets'].post.requestBody;
  expect(content['multipart/form-data'].schema.additionalProperties).toBe(false);
  const form = new FormData();
  form.append('label', 'y');
  form.append('file', new Blob(['{"x":[0],"y":[0]}\n']), 'data.ndjson');
  expect((await request('POST', '/v1/datasets', form)).body.errors).toMatchObject([{ path: 'label' }]);
});
