/**
 * Jobs over datasets: what follows from the data, what is refused, and that no job loses the dataset that it needs.
 */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { StoredDataset } from '../../src/data/datasets/stored/stored.ts';
import { ndjson } from '../data/stores.ts';
import { startApp, useApp } from '../support/app.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';
import { digits, plain, uploadLines } from '../support/uploads.ts';

const redis = useRedis();
const api = useApp(redis);

describe('a job over a dataset', () => {
  test('is tried out with the features, classes and steps that follow from the data', async () => {
    const { request } = api.current;
    const { id } = await uploadLines(api.current, digits(100));
    const spec = {
      task: { type: 'dataset', dataset: id },
      data: { batchSize: 4 },
      model: { layers: 1, units: 3 },
      training: { epochs: 6 },
    };
    const { status, body } = await request('POST', '/v1/jobs/validate', spec);
    expect(status).toBe(200);
    // 8 sequences to train on are two batches.
    expect(body.spec.training).toMatchObject({ epochs: 6, steps: 12, evaluateEvery: 300 });
    expect(body.spec.data).toMatchObject({ standardize: true, split: { train: 0.8, validation: 0.1, test: 0.1 } });
    const [I, H, C] = [1, 3, 4];
    expect(body.model.parameters).toBe(4 * H * (I + H + 1) + C * (H + 1));
    expect(body.doctor).toMatchObject({ order: 1 });
    const submitted = await request('POST', '/v1/jobs', spec);
    expect(submitted.status).toBe(201);
    expect(submitted.body).toMatchObject({ steps: 12, spec: body.spec });
  });

  test('counts the place of unknown strings', async () => {
    const { request } = api.current;
    const lines = digits(101).map(({ x, y }) => ({ x: x.map((bit) => 'ab'[bit]), y }));
    const sheet = await uploadLines(api.current, lines);
    const spec = { task: { type: 'dataset', dataset: sheet.id }, model: { layers: 1, units: 3 }, diagnose: false };
    const parameters = async (unknown: string) =>
      (await request('POST', '/v1/jobs/validate', { ...spec, data: { unknown } })).body.model.parameters;
    expect((await parameters('unk')) - (await parameters('refuse'))).toBe(4 * 3);
  });

  test.each([
    ['there is none', { task: { type: 'dataset', dataset: `ds_${'0'.repeat(24)}` } }, 'task.dataset'],
    ['its id is none', { task: { type: 'dataset', dataset: 'mine' } }, 'task.dataset'],
    ['the layout is for streams', { data: { layout: 'time-major' } }, 'data.layout'],
    ['the inputs are no strings', { data: { unknown: 'unk' } }, 'data.unknown'],
    [
      'nothing is left to evaluate on',
      { data: { split: { train: 1, validation: 0, test: 0 } }, training: { evaluateEvery: 1 } },
      'data.split',
    ],
  ])('is refused where %s', async (_, fields, where) => {
    const { request } = api.current;
    const sheet = await uploadLines(api.current, digits(102));
    const spec = { task: { type: 'dataset', dataset: sheet.id }, ...fields };
    for (const target of ['/v1/jobs', '/v1/jobs/validate']) {
      const refused = await request('POST', target, spec);
      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path: where }] });
    }
  });
});

describe('a dataset', () => {
  test('stays while a job needs it, and goes when the job is over', async () => {
    const current = await startApp(redis.current);
    const { request, store } = current;
    const sheet = await uploadLines(current, digits(200));
    const { body: job } = await request('POST', '/v1/jobs', { task: { type: 'dataset', dataset: sheet.id } });
    for (const advance of [async () => job, () => start(store, job.id)]) {
      await advance();
      const refused = await request('DELETE', `/v1/datasets/${sheet.id}`);
      expect([refused.status, refused.body.code]).toEqual([409, 'dataset_in_use']);
      expect(refused.body.detail).toContain(job.id);
    }
    await succeed(store, await store.get(job.id));
    expect((await request('DELETE', `/v1/datasets/${sheet.id}`)).status).toBe(204);
    for (const [method, tail] of [
      ['GET', ''],
      ['GET', '/preview'],
      ['POST', '/doctor'],
      ['DELETE', ''],
    ]) {
      const missing = await request(method, `/v1/datasets/${sheet.id}${tail}`);
      expect([missing.status, missing.body.code]).toEqual([404, 'dataset_not_found']);
    }
  });

  test('that was deleted lets no job over it run again', async () => {
    const current = await startApp(redis.current);
    const { request } = current;
    const sheet = await uploadLines(current, digits(201));
    const { body: job } = await request('POST', '/v1/jobs', { task: { type: 'dataset', dataset: sheet.id } });
    await request('POST', `/v1/jobs/${job.id}/cancel`);
    expect((await request('DELETE', `/v1/datasets/${sheet.id}`)).status).toBe(204);
    const refused = await request('POST', `/v1/jobs/${job.id}/retry`);
    expect([refused.status, refused.body.code]).toEqual([409, 'dataset_deleted']);
    await request('POST', '/v1/datasets', ndjson(...digits(201)), plain);
    expect((await request('POST', `/v1/jobs/${job.id}/retry`)).status).toBe(200);
  });

  test('stays where a job comes in between the look for jobs and the deletion', async () => {
    const current = await startApp(redis.current);
    const { request, store } = current;
    const sheet = await uploadLines(current, digits(202));
    vi.spyOn(store, 'unfinished').mockImplementationOnce(async function* () {
      const submitted = await request('POST', '/v1/jobs', { task: { type: 'dataset', dataset: sheet.id } });
      expect(submitted.status).toBe(201);
      yield* [];
    });
    expect((await request('DELETE', `/v1/datasets/${sheet.id}`)).status).toBe(409);
    expect((await request('GET', `/v1/datasets/${sheet.id}`)).body).toEqual(sheet);
  });

  test('that is deleted while a job comes in takes the job with it', async () => {
    const current = await startApp(redis.current);
    const { request, store, datasets } = current;
    const sheet = await uploadLines(current, digits(203));
    const create = store.create.bind(store);
    vi.spyOn(store, 'create').mockImplementationOnce(async (...parameters) => {
      await datasets.delete(sheet.id);
      return create(...parameters);
    });
    const refused = await request('POST', '/v1/jobs', { task: { type: 'dataset', dataset: sheet.id } });
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0].path).toBe('task.dataset');
    expect((await request('GET', '/v1/jobs')).body.data).toEqual([]);
  });
});

test('a dataset that is deleted while it is read is not there, rather than damaged', async () => {
  deleteWhatIsRead();
  for (const [method, path, expected] of [
    ['POST', '/v1/jobs', { status: 400, code: 'invalid_input', errors: [{ path: 'task.dataset' }] }],
    ['POST', '/v1/jobs/validate', { status: 400, code: 'invalid_input', errors: [{ path: 'task.dataset' }] }],
    ['GET', '/v1/datasets/ID/preview', { status: 404, code: 'dataset_not_found' }],
  ] as const) {
    const { id } = await uploadLines(api.current, digits(77));
    const body = method === 'POST' ? { task: { type: 'dataset', dataset: id } } : undefined;
    const answer = await api.current.request(method, path.replace('ID', id), body);
    expect(answer.body).toMatchObject(expected);
  }
});

/** Deletes every dataset after its sheet was found, and before its files are read. */
function deleteWhatIsRead(): void {
  const { facts, openFirst } = StoredDataset.prototype;
  const spies = [
    vi.spyOn(StoredDataset.prototype, 'facts').mockImplementation(async function (this: StoredDataset) {
      await api.current.datasets.delete(this.sheet.id);
      return facts.call(this);
    }),
    vi.spyOn(StoredDataset.prototype, 'openFirst').mockImplementation(async function (this: StoredDataset, count) {
      await api.current.datasets.delete(this.sheet.id);
      return openFirst.call(this, count);
    }),
  ];
  onTestFinished(() => spies.forEach((spy) => void spy.mockRestore()));
}
