/** Files of Keras, PyTorch, tfjs and Lookback itself become jobs that predict what their makers said; all else is refused by name. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unzipSync, zipSync } from 'fflate';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/format/checkpoint.ts';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { type InputDomain, integersTo } from '../../src/data/encoding/input-domain.ts';
import type { Encoding } from '../../src/data/training-data.ts';
import { loadTensorFlow } from '../../src/engine/tensorflow/load.ts';
import { modelFormats } from '../../src/formats/reading/model-formats.ts';
import { stackOf } from '../../src/model/description.ts';
import { stateLength } from '../../src/model/state.ts';
import { limits } from '../../src/platform/limits.ts';
import type { PredictionResult } from '../../src/serving/prediction-result.ts';
import { type Answer, startApp, useApp } from '../support/app.ts';
import { checkpointOf } from '../support/checkpoints.ts';
import { watchLoop } from '../support/loop-watch.ts';
import { connectRaw } from '../support/raw-socket.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);
const fixtures = path.resolve(import.meta.dirname, '../fixtures/models');
const fixture = (name: string) => readFileSync(path.join(fixtures, name));

interface Said {
  sequences: (number | null)[][][];
  probabilities: number[][][] | number[][];
}
const said = JSON.parse(fixture('said.json').toString()) as Record<string, Said>;

function importFile(bytes: Uint8Array, query: Record<string, string> = {}, headers = {}): Promise<Answer> {
  const search = new URLSearchParams(query);
  const type = { 'content-type': 'application/octet-stream', ...headers };
  return api.current.request('POST', `/v1/jobs/import?${search}`, new Uint8Array(bytes), type);
}

async function imported(bytes: Uint8Array, query: Record<string, string> = {}): Promise<Answer['body']> {
  const { status, body, headers } = await importFile(bytes, query);
  expect(body).toMatchObject({ status: 'succeeded', spec: null, error: null });
  expect([status, headers.get('location')]).toEqual([201, `/v1/jobs/${body.id}`]);
  return body;
}

async function predicted(job: string, sequences: unknown[], more: object = {}): Promise<PredictionResult> {
  return (await api.current.request('POST', '/predict', { job, sequences, ...more })).body;
}

const probabilitiesOf = ({ predictions }: PredictionResult) =>
  predictions.map(({ probabilities }) => probabilities!) as number[][][] | number[][];

function expectClose(ours: unknown, theirs: unknown): void {
  const [a, b] = [ours, theirs].map((numbers) => (numbers as number[][][]).flat(3) as unknown as number[]);
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i])).toBeLessThan(2e-6);
  });
}

const filesLeft = () =>
  readdirSync(path.join(api.current.folder, 'checkpoints')).concat(
    readdirSync(path.join(api.current.folder, 'datasets')),
  );

test.each(Object.keys(said))('%s says what it said to its maker', async (name) => {
  const isOwn = name === 'lookback.safetensors';
  const isFromFile = isOwn || name.includes('normalized');
  const query: Record<string, string> = name.startsWith('at-the-end') ? { labels: '["a","b","c"]' } : {};
  const { id, imported: about } = await imported(fixture(name), query);
  const { sequences, probabilities } = said[name];
  const steps = sequences[0][0].length === 1 ? sequences.map((sequence) => sequence.flat()) : sequences;
  expectClose(probabilitiesOf(await predicted(id, steps)), probabilities);
  expect(about).toMatchObject({
    exportOf: isOwn ? { job: expect.any(String), step: 200 } : null,
    inputs: isFromFile ? 'file' : 'default',
    labels: query.labels ? 'request' : isOwn ? 'file' : 'default',
    at: name === 'torch.safetensors' ? 'default' : 'file',
  });
  if (query.labels) {
    expect((await predicted(id, steps)).predictions[0]).toMatchObject({ label: expect.stringMatching(/^[abc]$/) });
    expect(about.ignored).toEqual([
      expect.stringContaining('(Dropout) is for training'),
      expect.stringContaining('dropout of lstm'),
    ]);
  }
});

test('a model that stock tfjs saves says what it said there', async () => {
  const { tf } = loadTensorFlow();
  const model = tf.sequential();
  const options = { returnSequences: true, recurrentActivation: 'sigmoid' as const };
  model.add(tf.layers.lstm({ units: 4, inputShape: [null, 2], ...options }));
  model.add(tf.layers.lstm({ units: 3, ...options }));
  model.add(tf.layers.dense({ units: 3, activation: 'softmax' }));
  const saved: Record<string, Uint8Array> = {};
  const handler = tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const bytes = Buffer.from(weightData as ArrayBuffer);
    // In two files, as tfjs does with more than 4 MB.
    const weightsManifest = [{ paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'], weights: weightSpecs }];
    saved['my-model/model.json'] = Buffer.from(
      JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }),
    );
    saved['my-model/group1-shard1of2.bin'] = bytes.subarray(0, 101);
    saved['my-model/group1-shard2of2.bin'] = bytes.subarray(101);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
  const { sequences } = said['at-the-end.keras'];
  const { id } = await imported(zipSync(saved));
  expectClose(
    probabilitiesOf(await predicted(id, sequences)),
    (model.predict(tf.tensor3d(sequences as number[][][])) as never as { arraySync(): number[][][] }).arraySync(),
  );

  const hard = tf.sequential();
  hard.add(tf.layers.lstm({ units: 2, inputShape: [null, 1], name: 'memory', returnSequences: true }));
  hard.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
  await hard.save(handler);
  expect((await importFile(zipSync(saved))).body).toMatchObject({
    code: 'unsupported_model',
    errors: [{ path: 'memory', message: '(LSTM) has recurrent_activation "hard_sigmoid": "sigmoid" is needed' }],
  });
});

describe('a download of Lookback', () => {
  const numbers: Encoding = {
    inputs: {
      kind: 'numbers',
      features: 2,
      mean: [0.5, -1.25],
      scale: [2, 0.1],
      fill: [0.5, 0],
      names: ['pulse', 'o2'],
    },
    labels: ['rest', 'walk', 'run'],
  };
  const strings: Encoding = {
    inputs: { kind: 'strings', features: 4, vocabulary: ['left', 'right', 'up'], places: [2, 0, 1], unknown: 'unk' },
    labels: [7, 9],
  };
  const cases: {
    what: string;
    checkpoint: Partial<Checkpoint>;
    of: ReturnType<typeof stackOf>;
    sequences: unknown[];
  }[] = [
    {
      what: 'numbers, two layers, and the state that training left',
      of: stackOf({ features: 2, classes: 3, units: [5, 4] }),
      checkpoint: { encoding: numbers, carriesState: true },
      sequences: [
        [
          [1, 2],
          [null, 0.25],
          [3, -4],
        ],
        [[0, 0]],
      ],
    },
    {
      what: 'strings, and labels at the end',
      of: stackOf({ features: 4, classes: 2, units: [3], at: 'end' }),
      checkpoint: { encoding: strings },
      sequences: [['left', 'up', 'nowhere'], ['right']],
    },
  ];
  const domains: InputDomain[] = [
    { kind: 'one-hot' },
    { kind: 'ranges', ranges: [integersTo(1), { from: -1, to: 1, onlyIntegers: false }] },
  ];

  test.each(domains)('of a built-in task comes back with its domain of inputs, $kind', async (domain) => {
    const model = stackOf({ features: 2, classes: 2, units: [3] });
    const { id: source } = (await api.current.request('POST', '/v1/jobs', {})).body;
    const encoding = { inputs: InputEncoder.plain(2, domain).state, labels: null };
    await api.current.checkpoints.save(source, { ...checkpointOf(1, 1, model), encoding });
    const outside = [[0, 7]];
    const before = await predicted(source, [outside]);
    expect(before).toMatchObject({ code: 'invalid_input' });
    for (const format of modelFormats) {
      const response = await fetch(`${api.current.url}/v1/jobs/${source}/checkpoints/1/download?format=${format}`);
      const { id } = await imported(new Uint8Array(await response.arrayBuffer()));
      expect(await predicted(id, [outside])).toEqual(before);
      expect((await predicted(id, [[[1, 0]]])).predictions).toHaveLength(1);
    }
  });

  let job: string;
  beforeAll(async () => {
    job = (await api.current.request('POST', '/v1/jobs', {})).body.id;
    for (const [n, { of, checkpoint }] of cases.entries()) {
      const carried = Float32Array.from({ length: 2 * stateLength(of, 1) }, (_, i) => Math.fround(Math.sin(i)));
      const plain = checkpointOf(n + 1, 1, of);
      await api.current.checkpoints.save(job, { ...plain, ...checkpoint, trainer: { ...plain.trainer, carried } });
    }
  });

  describe.each(cases.map((one, n) => ({ ...one, step: n + 1 })))('$what', ({ step, sequences }) => {
    const variants = [
      ...modelFormats.map((format) => `format=${format}`),
      'format=tfjs&inputs=raw',
      'format=keras&inputs=raw',
    ];
    test.each(variants)('comes back from %s to the bit', async (variant) => {
      const response = await fetch(`${api.current.url}/v1/jobs/${job}/checkpoints/${step}/download?${variant}`);
      expect(response.status).toBe(200);
      const { id, imported: about } = await imported(new Uint8Array(await response.arrayBuffer()), { name: 'again' });
      const [before, after] = [await predicted(job, sequences, { checkpoint: step }), await predicted(id, sequences)];
      expect(after.checkpoint).toEqual(before.checkpoint);
      expect(after.predictions).toEqual(before.predictions);
      const format = new URLSearchParams(variant).get('format');
      expect(about).toMatchObject({ format, exportOf: { job, step }, inputs: 'file', labels: 'file' });
      const refusal = await importFile(new Uint8Array(await (await fetch(response.url)).arrayBuffer()), {
        labels: '["a","b","c"]',
      });
      expect(refusal.body).toMatchObject({
        errors: [{ path: 'labels', message: 'must be left out: the file says it' }],
      });
    });
  });
});

test('the largest vocabulary and the most labels come back, whatever their characters', async () => {
  // Each is six bytes in JSON, and seven in JSON that is text in JSON.
  const text = (n: number) => `${n}`.padEnd(limits.datasetText, '\u0001');
  const vocabulary = Array.from({ length: limits.vocabulary }, (_, n) => text(n));
  const labels = Array.from({ length: limits.classes }, (_, n) => text(n));
  const model = stackOf({ features: limits.vocabulary, classes: limits.classes, units: [1] });
  const { id: source } = (await api.current.request('POST', '/v1/jobs', {})).body;
  const inputs = {
    kind: 'strings' as const,
    features: limits.vocabulary,
    vocabulary,
    places: [...vocabulary.keys()],
    unknown: 'refuse' as const,
  };
  await api.current.checkpoints.save(source, { ...checkpointOf(1, 1, model), encoding: { inputs, labels } });
  const expected = await predicted(source, [[text(999)]]);
  for (const format of modelFormats) {
    const response = await fetch(`${api.current.url}/v1/jobs/${source}/checkpoints/1/download?format=${format}`);
    const { id } = await imported(new Uint8Array(await response.arrayBuffer()));
    expect((await predicted(id, [[text(999)]])).predictions).toEqual(expected.predictions);
  }
});

describe('a job that was imported', () => {
  let id: string;
  const { sequences } = said['two-layers.keras'];
  const steps = sequences.map((sequence) => sequence.flat());
  beforeAll(async () => {
    id = (await imported(fixture('two-layers.keras'), { name: 'elsewhere' })).id;
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
    const direct = await predicted(id, steps);
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
    const first = await importFile(fixture('torch.safetensors'), {}, key);
    const before = filesLeft();
    const again = await importFile(fixture('torch.safetensors'), {}, key);
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    expect((await importFile(fixture('torch.safetensors'), { name: 'other' }, key)).body.code).toBe(
      'idempotency_key_reused',
    );
    expect(filesLeft()).toEqual(before);
    expect((await api.current.request('DELETE', `/v1/jobs/${first.body.id}`)).status).toBe(204);
    expect(filesLeft()).not.toContain(first.body.id);
  });
});

describe('a file that is no model', () => {
  const whole = fixture('torch.safetensors');
  const weights = (bytes: Uint8Array) =>
    zipSync({ 'config.json': unzipSync(fixture('two-layers.keras'))['config.json'], 'model.weights.h5': bytes });
  const files: Record<string, () => Uint8Array> = {
    'with a header of 2^60 bytes': () => {
      const bytes = Buffer.from(whole);
      bytes.writeBigUInt64LE(2n ** 60n);
      return bytes;
    },
    'of layers that are not supported': () => fixture('relu.keras'),
    'of noise in HDF5': () => weights(Buffer.alloc(5_000, 7)),
    'that is a zip bomb': () => {
      const zip = Buffer.from(weights(Buffer.alloc(5_000_000)));
      zip.writeUInt32LE(1_000, zip.lastIndexOf('model.weights.h5') - 46 + 24);
      return zip;
    },
  };

  test.each(Object.keys(files))('%s is refused, leaves nothing, and does not hold the loop', async (what) => {
    const before = filesLeft();
    const file = files[what]();
    const watch = watchLoop();
    const { status, body } = await importFile(file);
    const { longestMs } = watch.stop();
    expect(body).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^(invalid_model|unsupported_model|json_too_deep)$/),
    });
    expect([status, body.errors.length]).toEqual([400, 1]);
    expect(body.detail).toMatch(/\.$/);
    expect(longestMs).toBeLessThan(100);
    expect(filesLeft()).toEqual(before);
  });

  test('what layers in front of the network say of inputs need not be said again', async () => {
    const inputs = JSON.stringify({ kind: 'numbers', features: [{ mean: 1 }, { mean: 2 }] });
    expect((await importFile(fixture('normalized.keras'), { inputs })).body.errors).toEqual([
      { path: 'inputs', message: 'must be left out: the file says it' },
    ]);
  });

  test('requests that do not describe the file', async () => {
    const refused = async (query: Record<string, string>, name = 'torch.safetensors') =>
      (await importFile(fixture(name), query)).body.errors;
    expect(await refused({ labels: '["a","b"]' })).toEqual([
      { path: 'labels', message: 'has 2 names, but the model has 3 classes' },
    ]);
    expect(await refused({ labels: '["a","a","b"]' })).toEqual([expect.objectContaining({ path: 'labels' })]);
    expect(await refused({ labels: 'a,b,c' })).toEqual([expect.objectContaining({ path: 'labels' })]);
    expect(await refused({ inputs: '{"kind":"strings","vocabulary":["a","b","c"]}' })).toEqual([
      { path: 'inputs', message: 'has a string at place 2, but the model takes 2 numbers' },
    ]);
    const features = [{}, {}];
    for (const [domain, message] of [
      [{ kind: 'ranges', ranges: [] }, 'has 0 ranges for 2 features'],
      [{ kind: 'ranges', ranges: [{ from: 0 }] }, expect.any(String)],
    ]) {
      const inputs = JSON.stringify({ kind: 'numbers', features, domain });
      expect(await refused({ inputs })).toContainEqual(expect.objectContaining({ message }));
    }
    const scaled = JSON.stringify({ kind: 'numbers', features: [{ mean: 1 }, {}], domain: { kind: 'one-hot' } });
    expect(await refused({ inputs: scaled })).toEqual([
      { path: 'inputs', message: 'has a domain, which goes with numbers that are taken as they are' },
    ]);
    expect(await refused({ at: 'end' }, 'two-layers.keras')).toEqual([expect.objectContaining({ path: 'at' })]);
    expect(await refused({ what: 'is this' })).toEqual([expect.objectContaining({ path: 'what' })]);
    expect((await importFile(whole, {}, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('labels, inputs and place that the request describes', async () => {
    const inputs = JSON.stringify({ kind: 'strings', vocabulary: ['left', 'right'] });
    const { id, imported: about } = await imported(whole, { inputs, labels: '["x","y","z"]', at: 'end' });
    expect(about).toMatchObject({ inputs: 'request', labels: 'request', at: 'request' });
    const { predictions } = await predicted(id, [['left', 'right']]);
    expect(predictions).toEqual([
      expect.objectContaining({ label: expect.stringMatching(/^[xyz]$/), probabilities: expect.any(Array) }),
    ]);
    expect(await predicted(id, [['up']])).toMatchObject({ code: 'invalid_input' });
  });
});

test('inputs that make a model overflow are refused, not answered with null', async () => {
  const bytes = fixture('torch.safetensors');
  const dataAt = 8 + Number(bytes.readBigUInt64LE(0));
  for (let at = dataAt; at < bytes.length; at += 4) bytes.writeFloatLE(at % 8 === 0 ? 4e17 : -4e17, at);
  const { id } = await imported(bytes);
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

test('senders who bring nothing lose the places of imports to others, and slow ones do not', async () => {
  const patient = await startApp(redis.current, { uploadWindowMs: 1_500 });
  const head = { 'transfer-encoding': 'chunked', 'content-type': 'application/octet-stream' };
  const bytes = fixture('torch.safetensors');
  const slow = await connectRaw(patient.url);
  slow.head('POST', '/v1/jobs/import', head);
  const idle = await Promise.all(Array.from({ length: limits.imports - 1 }, () => connectRaw(patient.url)));
  for (const client of idle) {
    client.head('POST', '/v1/jobs/import', head);
    await client.chunk('{');
  }
  const send = () =>
    patient.request('POST', '/v1/jobs/import', new Uint8Array(bytes), { 'content-type': head['content-type'] });
  await vi.waitFor(() => expect(readdirSync(path.join(patient.folder, 'datasets'))).toHaveLength(limits.imports));
  expect((await send()).body.code).toBe('busy');
  const slowly = (async () => {
    // The file is followed by nothing that belongs to it: what counts is that it comes.
    for (let n = 0; n < 8; n++) {
      await slow.chunk('x'.repeat(limits.uploadWindowBytes));
      await delay(500);
    }
    slow.end();
    return slow.received(/"code"/);
  })();
  for (const client of idle) expect(await client.received(/upload_too_slow/)).toContain('HTTP/1.1 408');
  await vi.waitFor(async () => expect((await send()).status).toBe(201));
  expect(await slowly).toContain('invalid_model');
});

test('a folder that cannot be used for a while takes no place among imports', async () => {
  const folder = path.join(api.current.folder, 'datasets');
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, '');
  try {
    for (let n = 0; n < 5; n++) {
      expect((await importFile(fixture('torch.safetensors'))).status).toBe(500);
    }
  } finally {
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
  }
  await imported(fixture('torch.safetensors'));
});

test('a file of thousands of layers that do nothing does not fill the record', async () => {
  const files = unzipSync(fixture('two-layers.keras'));
  const config = JSON.parse(Buffer.from(files['config.json']).toString());
  const layers: { class_name: string; config: object }[] = config.config.layers;
  const dropouts = Array.from({ length: 5_000 }, (_, n) => ({
    class_name: 'Dropout',
    config: { name: `${n}${'x'.repeat(300)}`, rate: 0.1 },
  }));
  layers.splice(1, 0, ...dropouts);
  const { imported: about } = await imported(zipSync({ ...files, 'config.json': Buffer.from(JSON.stringify(config)) }));
  expect(about.ignored).toHaveLength(33);
  expect(about.ignored.at(-1)).toBe('and 4968 more');
  expect(JSON.stringify(about).length).toBeLessThan(10_000);
});
