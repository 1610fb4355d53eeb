/**
 * TensorFlow Serving's REST API: what it says of models, and the same probabilities as /predict, in rows and columns.
 */
import { describe, expect, test } from 'vitest';
import type { EncoderState } from '../../../src/data/encoding/encoder.ts';
import { stackOf } from '../../../src/model/description.ts';
import { type Answer, useApp } from '../../support/app.ts';
import { checkpointOf, saveCheckpoint } from '../../support/checkpoints.ts';
import { connectRaw } from '../../support/raw-socket.ts';
import { useRedis } from '../../support/redis.ts';
import { trainedJob } from './requests.ts';

const api = useApp(useRedis());
const sequences = [
  [0, 1, 1],
  [0.5, -2],
];

function ask(model: string, body: unknown): Promise<Answer> {
  return api.current.request('POST', `/v1/models/${model}:predict`, body);
}

async function predicted(job: string, given: unknown[]) {
  const { body } = await api.current.request('POST', '/predict', { job, sequences: given });
  return body.predictions as { probabilities: number[][]; classes: number[] }[];
}

test('the status of a model lists its versions, the newest first, and its metadata its signature', async () => {
  const { request, checkpoints } = api.current;
  const job = await trainedJob(api.current);
  await saveCheckpoint(checkpoints, job, 9, 1);
  const available = { state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } };
  const { body, headers } = await request('GET', `/v1/models/${job}`);
  expect(headers.get('content-type')).toBe('application/json');
  expect(body.model_version_status).toEqual([
    { version: '9', ...available },
    { version: '7', ...available },
  ]);
  const one = await request('GET', `/v1/models/${job}/versions/7`);
  expect(one.body.model_version_status).toEqual([{ version: '7', ...available }]);
  const { body: metadata } = await request('GET', `/v1/models/${job}/versions/7/metadata`);
  expect(metadata.model_spec).toEqual({ name: job, signature_name: '', version: '7' });
  const { inputs, outputs } = metadata.metadata.signature_def.signature_def.serving_default;
  expect(inputs.inputs).toMatchObject({
    dtype: 'DT_FLOAT',
    tensor_shape: { dim: [{ size: '-1' }, { size: '-1' }, { size: '1' }] },
  });
  expect(outputs.probabilities.tensor_shape.dim[2]).toEqual({ size: '4', name: '' });
  expect(outputs.classes.dtype).toBe('DT_INT32');
});

describe('predictions', () => {
  test('in rows: sequences, or objects with them', async () => {
    const job = await trainedJob(api.current);
    const expected = await predicted(job, sequences);
    const named = sequences.map((inputs) => ({ inputs }));
    const nested = sequences.map((sequence) => sequence.map((value) => [value]));
    for (const instances of [sequences, named, nested]) {
      const { status, text, body, headers } = await ask(job, { instances });
      expect(status, text).toBe(200);
      expect(headers.get('content-type')).toBe('application/json');
      expect(body).toEqual({ predictions: expected.map(({ probabilities, classes }) => ({ probabilities, classes })) });
    }
  });

  test('in columns: all sequences, or an object with them', async () => {
    const job = await trainedJob(api.current);
    const expected = await predicted(job, sequences);
    const outputs = {
      probabilities: expected.map(({ probabilities }) => probabilities),
      classes: expected.map(({ classes }) => classes),
    };
    for (const inputs of [sequences, { inputs: sequences }]) {
      const { body } = await ask(job, { signature_name: 'serving_default', inputs });
      expect(body).toEqual({ outputs });
    }
  });

  test('with headers that name the checkpoint', async () => {
    const job = await trainedJob(api.current);
    const { checkpoint } = (await api.current.request('POST', '/predict', { job, sequences })).body;
    for (const instances of [sequences, [Array.from({ length: 20_000 }, (_, n) => n % 7)]]) {
      const { headers } = await ask(job, { instances });
      expect([headers.get('checkpoint-step'), headers.get('checkpoint-sha256')]).toEqual(['7', checkpoint.sha256]);
    }
  });

  test('of a version, of an alias, and of strings in Base64', async () => {
    const { request, checkpoints } = api.current;
    const job = await trainedJob(api.current);
    const expected = (await ask(job, { instances: sequences })).body;
    await request('PUT', '/v1/aliases/tf', { job });
    await saveCheckpoint(checkpoints, job, 9, 1);
    expect((await ask(`${job}/versions/7`, { instances: sequences })).body).toEqual(expected);
    expect((await ask('tf', { instances: sequences })).body).toEqual(expected);
    expect((await ask(job, { instances: sequences })).body).not.toEqual(expected);
    const { id } = (await request('POST', '/v1/jobs', {})).body;
    const inputs: EncoderState = {
      kind: 'strings',
      features: 2,
      vocabulary: ['ä', 'b'],
      places: [0, 1],
      unknown: 'refuse',
    };
    const model = stackOf({ features: 2, classes: 2, units: [3] });
    await checkpoints.save(id, { ...checkpointOf(7, 1, model), encoding: { inputs, labels: null } });
    const encoded = ['ä', 'b'].map((text) => ({ b64: Buffer.from(text).toString('base64') }));
    expect((await ask(id, { instances: [encoded] })).body).toEqual((await ask(id, { instances: [['ä', 'b']] })).body);
  });

  test('of a body without a Content-Type, and of one so large that a thread reads it', async () => {
    const job = await trainedJob(api.current);
    const { socket, head, received } = await connectRaw(api.current.url);
    const body = JSON.stringify({ instances: sequences });
    head('POST', `/v1/models/${job}:predict`, { 'content-length': String(body.length) });
    socket.write(body);
    expect(await received(/"predictions"/)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    const many = [Array.from({ length: 20_000 }, (_, n) => n % 7)];
    const [{ classes }] = await predicted(job, many);
    expect((await ask(job, { inputs: many })).body.outputs.classes).toEqual([classes]);
  });
});

describe('what is refused', () => {
  const cases: [string, unknown, RegExp][] = [
    ['nothing', {}, /instances is missing/],
    ['rows and columns', { instances: [[0]], inputs: [[0]] }, /inputs does not go with instances/],
    ['another signature', { signature_name: 'other', instances: [[0]] }, /signature_name/],
    ['a row with other fields', { instances: [{ x: [0] }] }, /instances\[0\] must be a sequence/],
    ['a row that is no sequence', { instances: [0] }, /instances\[0\] must be a list/],
    ['a step that is no number', { instances: [[0], [0, 'x']] }, /instances\[1\]\[1\]/],
    ['a column that is no list', { inputs: [[0], 7] }, /inputs\[1\]/],
    ['no row', { instances: [] }, /instances/],
    ['a list', [], /body/],
    ['tokens that are no JSON', '{"instances":[[NaN]]}', /not JSON/],
    ['250,000 brackets', `{"instances":${'['.repeat(250_000)}${']'.repeat(250_000)}}`, /deeper/],
  ];

  test.each(cases)('%s', async (_, body, error) => {
    const answer = await ask(await trainedJob(api.current), body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(Object.keys(answer.body)).toEqual(['error']);
    expect(answer.body.error).toMatch(error);
    expect((await api.current.request('GET', '/health/live')).status).toBe(200);
  });

  test('models and versions that are not there', async () => {
    const job = await trainedJob(api.current);
    for (const path of ['none', `${job}/versions/8`]) {
      expect((await ask(path, { instances: [[0]] })).status).toBe(404);
      expect((await api.current.request('GET', `/v1/models/${path}`)).body).toEqual({ error: expect.any(String) });
    }
  });
});
