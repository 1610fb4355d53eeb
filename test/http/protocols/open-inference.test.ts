/**
 * The Open Inference Protocol: what it says of models, and the same probabilities as /predict, from tensors in JSON and
 * in binary.
 */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { EncoderState } from '../../../src/data/encoding/encoder.ts';
import { stackOf } from '../../../src/model/description.ts';
import { type Json, useApp } from '../../support/app.ts';
import { checkpointOf, saveCheckpoint } from '../../support/checkpoints.ts';
import { connectRaw } from '../../support/raw-socket.ts';
import { useRedis } from '../../support/redis.ts';
import { infer, outputsOf, readBinary, tensor, trainedJob, withBinary } from './requests.ts';

const api = useApp(useRedis());

const values = [0, 1, 1, 0.5, -2, 0];

async function predicted(job: string, sequences: unknown[]): Promise<Json[]> {
  const { status, body, text } = await api.current.request('POST', '/predict', { job, sequences });
  expect(status, text).toBe(200);
  return body.predictions;
}

describe('what there is', () => {
  test('the server lives, is ready, and names its extensions', async () => {
    const { request } = api.current;
    const { status, body, headers } = await request('GET', '/v2');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toEqual({
      name: 'lookback',
      version: '1',
      extensions: ['binary_tensor_data', 'sequence', 'sequence(string_id)'],
    });
    expect((await request('GET', '/v2/health/live')).body).toEqual({ live: true });
    expect((await request('GET', '/v2/health/ready')).body).toEqual({ ready: true });
  });

  test('a job is a model, its checkpoints are versions, and an alias is a model with what it names', async () => {
    const { request, checkpoints } = api.current;
    const job = await trainedJob(api.current);
    await saveCheckpoint(checkpoints, job, 9, 1);
    const described = {
      platform: 'lookback_checkpoint',
      inputs: [
        { name: 'inputs', datatype: 'FP32', shape: [-1, -1, 1] },
        { name: 'lengths', datatype: 'INT32', shape: [-1], parameters: { optional: true } },
      ],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, -1, 4] },
        { name: 'classes', datatype: 'INT32', shape: [-1, -1] },
      ],
    };
    expect((await request('GET', `/v2/models/${job}`)).body).toEqual({ name: job, versions: ['7', '9'], ...described });
    await request('PUT', '/v1/aliases/served', { job, checkpoint: 7 });
    expect((await request('GET', '/v2/models/served')).body).toEqual({ name: 'served', versions: ['7'], ...described });
    expect((await request('GET', '/v2/models/served/ready')).body).toEqual({ name: 'served', ready: true });
    for (const path of [`${job}/versions/9`, 'served/versions/7']) {
      expect((await request('GET', `/v2/models/${path}`)).status).toBe(200);
      expect((await request('GET', `/v2/models/${path}/ready`)).status).toBe(200);
    }
    for (const path of [`${job}/versions/8`, 'served/versions/9', 'other', 'job_other']) {
      for (const suffix of ['', '/ready']) {
        const { status, body } = await request('GET', `/v2/models/${path}${suffix}`);
        expect(status, path).toBe(404);
        expect(Object.keys(body)).toEqual(['error']);
      }
    }
  });

  test('a version of an alias is what it names, its canary included', async () => {
    const { request, checkpoints } = api.current;
    const job = await trainedJob(api.current);
    await saveCheckpoint(checkpoints, job, 9, 1);
    const canary = { checkpoint: 9, share: 0.5 };
    await request('PUT', '/v1/aliases/tried', { job, checkpoint: 7, canary });
    expect((await request('GET', '/v2/models/tried')).body.versions).toEqual(['7', '9']);
    expect((await request('GET', '/v2/models/tried/ready')).body).toEqual({ name: 'tried', ready: true });
    const body = { inputs: [tensor('inputs', 'FP32', [1, 2], [0, 1])] };
    for (const step of ['7', '9']) {
      const answer = await request('POST', `/v2/models/tried/versions/${step}/infer`, body);
      expect(answer.body).toMatchObject({ model_name: 'tried', model_version: step });
    }
  });
});

test('what is said of an alias is that of its checkpoint, and not now and then of its canary', async () => {
  const { request, checkpoints } = api.current;
  const job = await trainedJob(api.current);
  await saveCheckpoint(checkpoints, job, 9, 1);
  await request('PUT', '/v1/aliases/steady', { job, checkpoint: 7, canary: { checkpoint: 9, share: 0.5 } });
  // The chance that drawing would not show in twenty questions is one in a million.
  for (let asked = 0; asked < 20; asked++) {
    const { body } = await request('GET', '/v1/models/steady/metadata');
    expect(body.model_spec.version).toBe('7');
  }
  expect((await request('GET', '/v2/models/steady')).body.versions).toEqual(['7', '9']);
});

describe('tensors in JSON', () => {
  const shapes: [string, object][] = [
    ['flat', tensor('inputs', 'FP32', [2, 3, 1], values)],
    [
      'nested',
      tensor(
        'inputs',
        'FP32',
        [2, 3, 1],
        [
          [[0], [1], [1]],
          [[0.5], [-2], [0]],
        ],
      ),
    ],
    ['without the last dimension', tensor('inputs', 'FP32', [2, 3], values)],
    [
      'without the last dimension, nested',
      tensor(
        'inputs',
        'FP32',
        [2, 3],
        [
          [0, 1, 1],
          [0.5, -2, 0],
        ],
      ),
    ],
    ['of FP64', tensor('inputs', 'FP64', [2, 3, 1], values)],
  ];

  test.each(shapes)('%s', async (_, input) => {
    const job = await trainedJob(api.current);
    const answer = await infer(api.current, job, { id: 'mine', inputs: [input] });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const { checkpoint } = (await api.current.request('POST', '/predict', { job, sequences: [[0]] })).body;
    expect(answer.body).toMatchObject({
      model_name: job,
      model_version: '7',
      id: 'mine',
      parameters: { job, sha256: checkpoint.sha256 },
    });
    const whole = await predicted(job, [values.slice(0, 3), values.slice(3)]);
    expect(outputsOf(answer)).toEqual({
      probabilities: {
        name: 'probabilities',
        datatype: 'FP32',
        shape: [2, 3, 4],
        data: whole.flatMap(({ probabilities }) => probabilities.flat()),
      },
      classes: { name: 'classes', datatype: 'INT32', shape: [2, 3], data: whole.flatMap(({ classes }) => classes) },
    });
  });

  test.each(['BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP64'])(
    'whole numbers as %s',
    async (datatype) => {
      const job = await trainedJob(api.current);
      const answer = await infer(api.current, job, { inputs: [tensor('inputs', datatype, [1, 4], [0, 1, 1, 0])] });
      const [{ classes, probabilities }] = await predicted(job, [[0, 1, 1, 0]]);
      expect(outputsOf(answer).probabilities.data).toEqual(probabilities.flat());
      expect(outputsOf(answer).classes.data).toEqual(classes);
    },
  );

  test('sequences of other lengths, filled up with what says that it is nothing', async () => {
    const job = await trainedJob(api.current);
    const inputs = [tensor('inputs', 'FP32', [2, 3], values), tensor('lengths', 'INT32', [2], [3, 1])];
    const { probabilities, classes } = outputsOf(await infer(api.current, job, { inputs }));
    const [long, short] = await predicted(job, [values.slice(0, 3), values.slice(3, 4)]);
    expect(probabilities.data).toEqual([
      ...long.probabilities.flat(),
      ...short.probabilities.flat(),
      ...Array(8).fill(0),
    ]);
    expect(classes.data).toEqual([...long.classes, ...short.classes, -1, -1]);
  });

  test('the outputs that are asked for, in that order', async () => {
    const job = await trainedJob(api.current);
    const inputs = [tensor('inputs', 'FP32', [1, 2], [0, 1])];
    const asked = async (names: string[]) => {
      const { body } = await infer(api.current, job, { inputs, outputs: names.map((name) => ({ name })) });
      return body.outputs.map(({ name }: Json) => name);
    };
    expect(await asked(['classes'])).toEqual(['classes']);
    expect(await asked(['classes', 'probabilities'])).toEqual(['classes', 'probabilities']);
    expect(await asked([])).toEqual(['probabilities', 'classes']);
  });

  test('several features, and strings as BYTES', async () => {
    const job = await trainedJob(api.current, stackOf({ features: 2, classes: 3, units: [4] }));
    const pairs = await infer(api.current, job, { inputs: [tensor('inputs', 'FP32', [1, 2, 2], [1, 2, 3, 4])] });
    const [whole] = await predicted(job, [
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(outputsOf(pairs).probabilities.data).toEqual(whole.probabilities.flat());
    const symbols = await trainedOnStrings();
    const { body } = await api.current.request('GET', `/v2/models/${symbols}`);
    expect(body.inputs[0]).toEqual({ name: 'inputs', datatype: 'BYTES', shape: [-1, -1] });
    const strings = await infer(api.current, symbols, { inputs: [tensor('inputs', 'BYTES', [1, 3], ['ä', 'b', 'ä'])] });
    const [named] = await predicted(symbols, [['ä', 'b', 'ä']]);
    expect(outputsOf(strings).probabilities.data).toEqual(named.probabilities.flat());
  });
});

async function trainedOnStrings(): Promise<string> {
  const { request, checkpoints } = api.current;
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  const state: EncoderState = {
    kind: 'strings',
    features: 2,
    vocabulary: ['ä', 'b'],
    places: [0, 1],
    unknown: 'refuse',
  };
  const model = stackOf({ features: 2, classes: 2, units: [3] });
  const encoding = { inputs: state, labels: null };
  await checkpoints.save(id, { ...checkpointOf(7, 1, model), encoding });
  return id;
}

describe('tensors in binary', () => {
  /** Sent by hand: the client of the tests reads answers as text. */
  async function inferBinary(job: string, json: object, ...tensors: Uint8Array[]) {
    const { body, headers } = withBinary(json, ...tensors);
    return fetch(`${api.current.url}/v2/models/${job}/infer`, { method: 'POST', body: new Uint8Array(body), headers });
  }
  const binary = (name: string, datatype: string, shape: number[], bytes: number) => ({
    name,
    datatype,
    shape,
    parameters: { binary_data_size: bytes },
  });

  test('both ways, the same as in JSON, to the last bit', async () => {
    const job = await trainedJob(api.current);
    const inputs = [binary('inputs', 'FP32', [2, 3, 1], 24), binary('lengths', 'INT32', [2], 8)];
    const request = { inputs, parameters: { binary_data_output: true } };
    const response = await inferBinary(
      job,
      request,
      new Uint8Array(new Float32Array(values).buffer),
      new Uint8Array(new Int32Array([3, 2]).buffer),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const { json, rest } = await readBinary(response);
    expect(json.outputs).toEqual([
      { name: 'probabilities', datatype: 'FP32', shape: [2, 3, 4], parameters: { binary_data_size: 96 } },
      { name: 'classes', datatype: 'INT32', shape: [2, 3], parameters: { binary_data_size: 24 } },
    ]);
    expect(rest.length).toBe(120);
    const [long, short] = await predicted(job, [values.slice(0, 3), values.slice(3, 5)]);
    const expected = [...long.probabilities.flat(), ...short.probabilities.flat(), 0, 0, 0, 0];
    expect(Array.from({ length: 24 }, (_, n) => rest.readFloatLE(4 * n))).toEqual(expected.map(Math.fround));
    const classes = Array.from({ length: 6 }, (_, n) => rest.readInt32LE(96 + 4 * n));
    expect(classes).toEqual([...long.classes, ...short.classes, -1]);
  });

  test('one output in binary and one in JSON, strings with their lengths, and whole numbers of 64 bits', async () => {
    const symbols = await trainedOnStrings();
    const bytes = Buffer.concat(
      ['ä', 'b'].flatMap((text) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(Buffer.byteLength(text));
        return [length, Buffer.from(text)];
      }),
    );
    const outputs = [{ name: 'classes' }, { name: 'probabilities', parameters: { binary_data: true } }];
    const response = await inferBinary(
      symbols,
      { inputs: [binary('inputs', 'BYTES', [1, 2], bytes.length)], outputs },
      bytes,
    );
    const { json, rest } = await readBinary(response);
    const [{ classes, probabilities }] = await predicted(symbols, [['ä', 'b']]);
    expect(json.outputs[0].data).toEqual(classes);
    expect([0, 4, 8, 12].map((at) => rest.readFloatLE(at))).toEqual(probabilities.flat().map(Math.fround));
    const job = await trainedJob(api.current);
    const whole = new Uint8Array(new BigInt64Array([0n, -3n]).buffer);
    const answer = await inferBinary(job, { inputs: [binary('inputs', 'INT64', [1, 2], 16)] }, whole);
    const [expected] = await predicted(job, [[0, -3]]);
    expect(((await answer.json()) as Json).outputs[0].data).toEqual(expected.probabilities.flat());
  });
});

describe('a body as clients send it', () => {
  const request = JSON.stringify({ inputs: [tensor('inputs', 'FP32', [1, 2], [0, 1])] });

  test('without a Content-Type', async () => {
    const job = await trainedJob(api.current);
    const { socket, head, received } = await connectRaw(api.current.url);
    head('POST', `/v2/models/${job}/infer`, { 'content-length': String(request.length) });
    socket.write(request);
    expect(await received(/"outputs"/)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('compressed with %s', async (encoding, compress) => {
    const job = await trainedJob(api.current);
    const { status, text } = await api.current.request('POST', `/v2/models/${job}/infer`, compress(request), {
      'content-encoding': encoding,
      'content-type': 'text/plain',
    });
    expect(status, text).toBe(200);
  });

  test('so large that a thread reads it', async () => {
    const job = await trainedJob(api.current);
    const many = Array.from({ length: 20_000 }, (_, n) => n % 7);
    const answer = await infer(api.current, job, { inputs: [tensor('inputs', 'FP32', [10, 2000, 1], many)] });
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    const sequences = Array.from({ length: 10 }, (_, s) => many.slice(2000 * s, 2000 * (s + 1)));
    const whole = await predicted(job, sequences);
    expect(outputsOf(answer).probabilities.data).toEqual(whole.flatMap(({ probabilities }) => probabilities.flat()));
  });

  test('with more than this protocol names', async () => {
    const job = await trainedJob(api.current);
    const body = {
      ...JSON.parse(request),
      model_name: job,
      model_version: '',
      parameters: { priority: 1, timeout: 100 },
    };
    expect((await infer(api.current, job, body)).status).toBe(200);
  });
});
