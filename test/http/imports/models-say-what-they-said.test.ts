/** Files of Keras, PyTorch, tfjs and Lookback itself become jobs that predict what their makers said. */
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../../src/checkpoints/format/checkpoint.ts';
import { InputEncoder } from '../../../src/data/encoding/encoder.ts';
import { type InputDomain, integersTo } from '../../../src/data/encoding/input-domain.ts';
import type { Encoding } from '../../../src/data/training-data.ts';
import { loadTensorFlow } from '../../../src/engine/tensorflow/load.ts';
import { modelFormats } from '../../../src/formats/reading/model-formats.ts';
import { stackOf } from '../../../src/model/description.ts';
import { stateLength } from '../../../src/model/state.ts';
import { limits } from '../../../src/platform/limits.ts';
import { useApp } from '../../support/app.ts';
import { checkpointOf } from '../../support/checkpoints.ts';
import { useRedis } from '../../support/redis.ts';
import { fixture, imported, importFile, predicted, probabilitiesOf, said } from './imports.ts';

const api = useApp(useRedis());

function expectClose(ours: unknown, theirs: unknown): void {
  const [a, b] = [ours, theirs].map((numbers) => (numbers as number[][][]).flat(3) as unknown as number[]);
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i])).toBeLessThan(2e-6);
  });
}

test.each(Object.keys(said))('%s says what it said to its maker', async (name) => {
  const isOwn = name === 'lookback.safetensors';
  const isFromFile = isOwn || name.includes('normalized');
  const query: Record<string, string> = name.startsWith('at-the-end') ? { labels: '["a","b","c"]' } : {};
  const { id, imported: about } = await imported(api.current, fixture(name), query);
  const { sequences, probabilities } = said[name];
  const steps = sequences[0][0].length === 1 ? sequences.map((sequence) => sequence.flat()) : sequences;
  expectClose(probabilitiesOf(await predicted(api.current, id, steps)), probabilities);
  expect(about).toMatchObject({
    exportOf: isOwn ? { job: expect.any(String), step: 200 } : null,
    inputs: isFromFile ? 'file' : 'default',
    labels: query.labels ? 'request' : isOwn ? 'file' : 'default',
    at: name === 'torch.safetensors' ? 'default' : 'file',
  });
  if (query.labels) {
    expect((await predicted(api.current, id, steps)).predictions[0]).toMatchObject({
      label: expect.stringMatching(/^[abc]$/),
    });
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
  const { id } = await imported(api.current, zipSync(saved));
  expectClose(
    probabilitiesOf(await predicted(api.current, id, sequences)),
    (model.predict(tf.tensor3d(sequences as number[][][])) as never as { arraySync(): number[][][] }).arraySync(),
  );

  const hard = tf.sequential();
  hard.add(tf.layers.lstm({ units: 2, inputShape: [null, 1], name: 'memory', returnSequences: true }));
  hard.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
  await hard.save(handler);
  expect((await importFile(api.current, zipSync(saved))).body).toMatchObject({
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
    const before = await predicted(api.current, source, [outside]);
    expect(before).toMatchObject({ code: 'invalid_input' });
    for (const format of modelFormats) {
      const response = await fetch(`${api.current.url}/v1/jobs/${source}/checkpoints/1/download?format=${format}`);
      const { id } = await imported(api.current, new Uint8Array(await response.arrayBuffer()));
      expect(await predicted(api.current, id, [outside])).toEqual(before);
      expect((await predicted(api.current, id, [[[1, 0]]])).predictions).toHaveLength(1);
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
      const { id, imported: about } = await imported(api.current, new Uint8Array(await response.arrayBuffer()), {
        name: 'again',
      });
      const [before, after] = [
        await predicted(api.current, job, sequences, { checkpoint: step }),
        await predicted(api.current, id, sequences),
      ];
      expect(after.checkpoint).toEqual(before.checkpoint);
      expect(after.predictions).toEqual(before.predictions);
      const format = new URLSearchParams(variant).get('format');
      expect(about).toMatchObject({ format, exportOf: { job, step }, inputs: 'file', labels: 'file' });
      const refusal = await importFile(api.current, new Uint8Array(await (await fetch(response.url)).arrayBuffer()), {
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
  const expected = await predicted(api.current, source, [[text(999)]]);
  for (const format of modelFormats) {
    const response = await fetch(`${api.current.url}/v1/jobs/${source}/checkpoints/1/download?format=${format}`);
    const { id } = await imported(api.current, new Uint8Array(await response.arrayBuffer()));
    expect((await predicted(api.current, id, [[text(999)]])).predictions).toEqual(expected.predictions);
  }
});
