/** A job that was imported: served, explained, judged and started from, and without what only a training has. */
import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { useApp } from '../../support/app.ts';
import { useRedis } from '../../support/redis.ts';
import { filesLeft, fixture, imported, importFile, predicted, probabilitiesOf, said } from './imports.ts';

const api = useApp(useRedis());

describe('a job that was imported', () => {
  let id: string;
  const { sequences } = said['two-layers.keras'];
  const steps = sequences.map((sequence) => sequence.flat());
  beforeAll(async () => {
    id = (await imported(api.current, fixture('two-layers.keras'), { name: 'elsewhere' })).id;
  });

  test('is listed, followed and refused what only a training has', async () => {
    const { body } = await api.current.request('GET', '/v1/jobs?status=succeeded');
    expect(body.data.find((job: { id: string }) => job.id === id)).toMatchObject({
      name: 'elsewhere',
      step: 0,
      steps: 0,
      checkpointStep: 0,
      loss: null,
    });
    const events = await api.current.request('GET', `/v1/jobs/${id}/events`, undefined, { accept: 'application/json' });
    expect(events.body.data).toEqual([
      expect.objectContaining({
        type: 'status',
        data: { status: 'succeeded', attempt: 0, reason: 'imported, not trained' },
      }),
    ]);
    expect((await api.current.request('GET', `/v1/jobs/${id}/checkpoints`)).body.data).toEqual([
      expect.objectContaining({ step: 0, loss: null, heldOutLoss: null }),
    ]);
    expect((await api.current.request('GET', `/v1/jobs/${id}/report`)).body.detail).toContain('imported, not trained');
    for (const verb of ['retry', 'cancel', 'pause', 'resume']) {
      expect((await api.current.request('POST', `/v1/jobs/${id}/${verb}`)).body.code).toBe('illegal_transition');
    }
  });

  test('serves by alias, session and protocols, and is explained', async () => {
    expect((await api.current.request('PUT', '/v1/aliases/elsewhere', { job: id, checkpoint: 'best' })).status).toBe(
      201,
    );
    const direct = await predicted(api.current, id, steps);
    const named = await api.current.request('POST', '/predict', { model: 'elsewhere', sequences: steps });
    expect(named.body.predictions).toEqual(direct.predictions);
    const session = (await api.current.request('POST', '/v1/sessions', { model: 'elsewhere' })).body.id;
    const stepped = await api.current.request('POST', `/v1/sessions/${session}/steps`, { steps: steps[0] });
    expect(stepped.body.predictions.map(({ probabilities }: { probabilities: number[] }) => probabilities)).toEqual(
      probabilitiesOf(direct)[0],
    );
    const tensor = { name: 'inputs', datatype: 'FP32', shape: [1, steps[0].length, 1], data: steps[0] };
    expect((await api.current.request('POST', `/v2/models/${id}/infer`, { inputs: [tensor] })).status).toBe(200);
    expect((await api.current.request('POST', `/v1/models/${id}:predict`, { instances: steps })).status).toBe(200);
    const why = await api.current.request('POST', '/predict/explain', { job: id, sequences: steps });
    expect(why.body).toMatchObject({ drawnFrom: 'request', explanations: expect.any(Array) });
    expect((await api.current.request('DELETE', `/v1/jobs/${id}`)).body.code).toBe('in_use');
    await api.current.request('DELETE', '/v1/aliases/elsewhere');
  });

  test('is judged on a dataset, and its download has no spec', async () => {
    const lines = Array.from({ length: 20 }, (_, s) => JSON.stringify({ x: [s, 1, 2, s % 3], y: [0, 1, s % 4, 3] }));
    const type = { 'content-type': 'application/x-ndjson' };
    const dataset = (await api.current.request('POST', '/v1/datasets', lines.map((line) => `${line}\n`).join(''), type))
      .body.id;
    const judged = await api.current.request('POST', `/v1/jobs/${id}/evaluate`, { dataset });
    expect(judged.status).toBe(200);
    expect(judged.body.heldOut).toMatchObject({ steps: 80, sequences: 20 });
    const response = await fetch(`${api.current.url}/v1/jobs/${id}/checkpoints/latest/download`);
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    expect(JSON.parse(Buffer.from(files['encoding.json']).toString())).toMatchObject({
      spec: null,
      checkpoint: { job: id },
    });
  });

  test('is what a job starts from, if its layers are the same', async () => {
    const initFrom = { job: id };
    const spec = { task: { type: 'binary-digits' }, model: { units: [6, 5] }, initFrom };
    expect((await api.current.request('POST', '/v1/jobs', spec)).body.spec.initFrom).toMatchObject({
      job: id,
      checkpoint: 0,
    });
    const { body: whole } = await api.current.request('POST', '/v1/jobs/validate', { initFrom });
    expect(whole.spec).toMatchObject({
      model: { type: 'lstm', layers: 2, units: [6, 5] },
      initFrom: { takes: ['model'] },
    });
    const other = await api.current.request('POST', '/v1/jobs', { ...spec, model: { units: [6, 4] } });
    expect(other.body.errors[0].message).toContain(
      'the kernel of layer 2 (lstm) is [6,20] there and [6,16] in this job',
    );
  });

  test('is made once by a repeated request, and gone when it is removed', async () => {
    const key = { 'idempotency-key': 'import' };
    const first = await importFile(api.current, fixture('torch.safetensors'), {}, key);
    const before = filesLeft(api.current);
    const again = await importFile(api.current, fixture('torch.safetensors'), {}, key);
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    expect((await importFile(api.current, fixture('torch.safetensors'), { name: 'other' }, key)).body.code).toBe(
      'idempotency_key_reused',
    );
    expect(filesLeft(api.current)).toEqual(before);
    expect((await api.current.request('DELETE', `/v1/jobs/${first.body.id}`)).status).toBe(204);
    expect(filesLeft(api.current)).not.toContain(first.body.id);
  });
});

test('inputs that make a model overflow are refused, not answered with null', async () => {
  const bytes = fixture('torch.safetensors');
  const dataAt = 8 + Number(bytes.readBigUInt64LE(0));
  for (let at = dataAt; at < bytes.length; at += 4) bytes.writeFloatLE(at % 8 === 0 ? 4e17 : -4e17, at);
  const { id } = await imported(api.current, bytes);
  const huge = [[3e38, 3e38]];
  const { status, body } = await api.current.request('POST', '/predict', { job: id, sequences: [[[0, 0]], huge] });
  expect([status, body.errors]).toEqual([
    400,
    [{ path: 'sequences[1]', message: 'makes the model overflow at step 0: its numbers are too large for float32' }],
  ]);
  const session = (await api.current.request('POST', '/v1/sessions', { job: id })).body.id;
  expect((await api.current.request('POST', `/v1/sessions/${session}/steps`, { steps: huge })).body.errors).toEqual([
    { path: 'steps', message: 'makes the model overflow at step 0: its numbers are too large for float32' },
  ]);
  // The steps of a session that were refused are as if they had not been sent.
  expect((await api.current.request('POST', `/v1/sessions/${session}/steps`, { steps: [[0, 0]] })).status).toBe(200);
});
