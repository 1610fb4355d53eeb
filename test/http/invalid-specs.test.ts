/**
 * Specs that cannot run are refused at the door: with the path, the value and what was expected, and without a trace in the queue.
 */
import { describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';
import { invalidSpecs } from './fixtures/invalid-specs.ts';

const api = useApp(useRedis());

describe('a spec is refused for', () => {
  test.each(invalidSpecs)('$name', async ({ spec, path, message }) => {
    const { request } = api.current;
    for (const target of ['/v1/jobs', '/v1/jobs/validate']) {
      const refused = await request('POST', target, spec);
      expect(refused.status).toBe(400);
      expect(refused.body.code).toBe('invalid_input');
      expect(refused.body.errors[0].path).toBe(path);
      expect(refused.body.errors[0].message).toContain(message);
    }
    expect((await request('GET', '/v1/jobs')).body.data).toEqual([]);
  });
});

test('everything that is wrong with a spec is said at once', async () => {
  const { request } = api.current;
  const spec = { data: { batchSize: 0, layout: 'TBI' }, model: { units: 0 }, speed: 'fast' };
  const { body } = await request('POST', '/v1/jobs', spec);
  const paths = body.errors.map((error: { path: string }) => error.path);
  expect(paths.sort()).toEqual(['data.batchSize', 'data.layout', 'model.units', 'speed']);
});

test('limits that hold between fields count a preset’s fields, too', async () => {
  const { request } = api.current;
  const { status, body } = await request('POST', '/v1/jobs', {
    preset: 'working',
    model: { layers: 1, units: [5, 5] },
  });
  expect(status).toBe(400);
  const message = 'lists 2 layers, but model.layers is 1';
  expect(body.errors).toEqual([{ path: 'model.units', message, rule: 'between-fields' }]);
});

test('a mistake says whether the field by itself is as its schema says', async () => {
  const rulesOf = async (spec: object) => {
    const { body } = await api.current.request('POST', '/v1/jobs/validate', spec);
    return body.errors.map(({ path, rule }: { path: string; rule?: string }) => [path, rule]);
  };
  const dataset = `ds_${'0'.repeat(24)}`;
  expect(await rulesOf({ data: { batchSize: 0 } })).toEqual([['data.batchSize', undefined]]);
  expect(await rulesOf({ training: { epochs: 2 } })).toEqual([['training.epochs', 'between-fields']]);
  expect(await rulesOf({ task: { type: 'dataset', dataset } })).toEqual([['task.dataset', 'unknown-id']]);
});

test('a body that is empty is called so, in whatever way it is left out', async () => {
  for (const body of [undefined, '', 'null']) {
    const { status, text } = await api.current.request('POST', '/v1/jobs', body);
    expect(status).toBe(400);
    expect(JSON.parse(text).detail).toBe('The body is empty or null: a JSON object is required, {} at least.');
  }
});
