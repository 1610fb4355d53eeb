/**
 * Every kind of model, in every format: what a reader of the format finds is the model, for any batch and length.
 * `npm run test:exports` asks the libraries themselves.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Dataset, File, Group, ready } from 'h5wasm/node';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type EncoderState, InputEncoder } from '../../src/data/encoding/encoder.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { kerasConfig } from '../../src/formats/keras/config.ts';
import { kerasLayers } from '../../src/formats/keras/layers.ts';
import { kerasWeightsFile } from '../../src/formats/keras/weights.ts';
import { onnxFile } from '../../src/formats/onnx/file.ts';
import { safetensorsHeader } from '../../src/formats/safetensors.ts';
import { labelPlaces, type ModelDescription, stackOf } from '../../src/model/description.ts';
import { layerKinds } from '../../src/model/layers/index.ts';
import { parameterCount, parameterSegments } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength, stateSegments } from '../../src/model/state.ts';
import { runOnnx } from './onnx-interpreter.ts';

interface Case {
  model: ModelDescription;
  weights: Float32Array;
  initialState: Float32Array | null;
}

const stacks = [
  { features: 1, units: [1], classes: 2 },
  { features: 3, units: [5], classes: 4 },
  { features: 2, units: [4, 7, 3], classes: 5 },
];

const cases: [string, Case][] = layerKinds.flatMap((kind) =>
  labelPlaces.flatMap((at) =>
    [false, true].flatMap((startsFromState) =>
      stacks.map((stack) => {
        const model = stackOf({ ...stack, kind, at });
        const random = Random.seeded(7, 'weights');
        const numbers = (length: number) => Float32Array.from({ length }, () => 2 * random.uniform() - 1);
        const weights = numbers(parameterCount(model));
        const initialState = startsFromState ? numbers(stateLength(model, 1)) : null;
        const from = startsFromState ? 'a state of its own' : 'zero';
        return [`${kind} of ${stack.units} units, labels at ${at}, from ${from}`, { model, weights, initialState }];
      }),
    ),
  ),
);

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** As they come from a store, in pieces that end anywhere. */
async function* piecesOf(weights: Float32Array): AsyncGenerator<Uint8Array> {
  const bytes = bytesOf(weights);
  for (let at = 0; at < bytes.length; at += 101) yield bytes.subarray(at, at + 101);
}

beforeAll(() => ready);

describe.each(cases)('%s', (_, { model, weights, initialState }) => {
  test('as ONNX gives the same probabilities, for batches of 1 and 3, and 1 and 50 steps', async () => {
    const file = onnxFile(model, initialState, { encoding: '{}' });
    const bytes = await buffer(file.pieces(piecesOf(weights)));
    expect(bytes.length).toBe(file.bytes);
    const predictor = referenceEngine.createPredictor(model, weights);
    const random = Random.seeded(8, 'data');
    const { features } = model.input;
    const { classes, at } = model.head;
    for (const [B, T] of [
      [1, 1],
      [3, 1],
      [1, 50],
      [3, 50],
    ]) {
      const rows = Array.from({ length: B }, () =>
        Float32Array.from({ length: T * features }, () => 4 * random.uniform() - 2),
      );
      const inputs = { shape: [B, T, features], data: rows.flatMap((row) => [...row]) };
      const { probabilities } = runOnnx(bytes, { inputs });
      expect(probabilities.shape).toEqual(at === 'end' ? [B, classes] : [B, T, classes]);
      const expected = rows.flatMap((row) => {
        const ofSteps = predictor.predict(row, T, initialState ?? undefined);
        return [...(at === 'end' ? ofSteps.slice(-classes) : ofSteps)];
      });
      const worst = Math.max(...expected.map((value, n) => Math.abs(value - probabilities.data[n])));
      expect(worst).toBeLessThan(1e-6);
    }
    predictor.dispose();
  });

  test('as ONNX with lengths and state gives the rows of a padded batch, and goes on from where it was', async () => {
    const variant = { raw: null, takesLengths: true, carriesState: true };
    const bytes = await buffer(onnxFile(model, initialState, {}, variant).pieces(piecesOf(weights)));
    const predictor = referenceEngine.createPredictor(model, weights);
    const random = Random.seeded(9, 'data');
    const { features } = model.input;
    const { classes, at } = model.head;
    const lengths = [3, 7, 1];
    const [B, T] = [3, 7];
    const inputs = {
      shape: [B, T, features],
      data: Array.from({ length: B * T * features }, () => 4 * random.uniform() - 2),
    };
    const segments = stateSegments(model, 1);
    const start = Object.fromEntries(
      segments.map(({ layer, name, offset, width }) => {
        const row = initialState?.subarray(offset, offset + width) ?? new Float32Array(width);
        return [
          `${model.layers[layer].kind}_${layer + 1}_${name}`,
          { shape: [B, width], data: lengths.flatMap(() => [...row]) },
        ];
      }),
    );
    const tensorOf = (counts: number[]) => ({ shape: [B], data: counts });
    const { probabilities, ...after } = runOnnx(bytes, { inputs, lengths: tensorOf(lengths), ...start });
    expect(Object.keys(after)).toEqual(Object.keys(start).map((name) => `next_${name}`));
    for (const [n, length] of lengths.entries()) {
      const row = Float32Array.from(inputs.data.slice(n * T * features, (n * T + length) * features));
      const ofSteps = predictor.predict(row, length, initialState ?? undefined);
      const expected = at === 'end' ? ofSteps.slice(-classes) : ofSteps;
      const from = n * (at === 'end' ? 1 : T) * classes;
      for (const [c, value] of expected.entries()) expect(probabilities.data[from + c]).toBeCloseTo(value, 5);
    }

    // Step by step, each call from the state that the one before gave.
    let state = start;
    const all = runOnnx(bytes, { inputs, lengths: tensorOf([T, T, T]), ...start });
    for (let t = 0; t < T; t++) {
      const step = inputs.data.filter((_, place) => Math.floor(place / features) % T === t);
      const one = { inputs: { shape: [B, 1, features], data: step }, lengths: tensorOf([1, 1, 1]), ...state };
      const { probabilities: ofStep, ...next } = runOnnx(bytes, one);
      state = Object.fromEntries(Object.entries(next).map(([name, tensor]) => [name.replace('next_', ''), tensor]));
      if (at === 'end' && t < T - 1) continue;
      const expected =
        at === 'end'
          ? all.probabilities.data
          : all.probabilities.data.filter((_, place) => Math.floor(place / classes) % T === t);
      for (const [place, value] of expected.entries()) expect(ofStep.data[place]).toBeCloseTo(value, 12);
    }
    expect(state).toEqual(
      Object.fromEntries(
        Object.entries(all).flatMap(([name, tensor]) =>
          name === 'probabilities' ? [] : [[name.replace('next_', ''), tensor]],
        ),
      ),
    );
    predictor.dispose();
  });

  test('as ONNX that takes raw inputs encodes them as /predict does, to the bit', async () => {
    const { features } = model.input;
    const random = Random.seeded(10, 'data');
    const numbers = (from: number, to: number) =>
      Array.from({ length: features }, () => from + (to - from) * random.uniform());
    const [mean, scale, fill] = [numbers(-1e4, 1e4), numbers(1e-3, 2), numbers(-1, 1)];
    const states: EncoderState[] = [
      { kind: 'numbers', features, mean, scale, fill },
      { kind: 'numbers', features, mean, scale, fill: null },
      { kind: 'numbers', features, mean: mean.map(() => 0), scale: mean.map(() => 1), fill },
    ];
    const plain = await buffer(onnxFile(model, initialState, {}).pieces(piecesOf(weights)));
    const [B, T] = [2, 4];
    for (const state of states) {
      if (state.kind !== 'numbers') continue;
      const rows = Array.from({ length: B }, () =>
        Array.from({ length: T }, (_, t) =>
          mean.map((value, i) =>
            state.fill && (t + i) % 3 === 0 ? null : Math.fround(value + scale[i] * random.uniform()),
          ),
        ),
      );
      const encoder = InputEncoder.restored(state);
      const encoded = rows.flatMap((row) => [...encoder.encode(features === 1 ? row.flat() : row, 'row')]);
      const variant = {
        raw: { kind: 'numbers' as const, mean: state.mean, scale: state.scale, missing: state.fill },
        takesLengths: false,
        carriesState: false,
      };
      const bytes = await buffer(onnxFile(model, initialState, {}, variant).pieces(piecesOf(weights)));
      const shape = [B, T, features];
      const raw = rows.flat(2).map((value) => value ?? Number.NaN);
      const { probabilities } = runOnnx(bytes, { inputs: { shape, data: raw } });
      expect(probabilities).toEqual(runOnnx(plain, { inputs: { shape, data: encoded } }).probabilities);
    }

    const variant = { raw: { kind: 'places' as const }, takesLengths: false, carriesState: false };
    const bytes = await buffer(onnxFile(model, initialState, {}, variant).pieces(piecesOf(weights)));
    const places = Array.from({ length: B * T }, (_, n) => n % features);
    const oneHot = places.flatMap((place) => Array.from({ length: features }, (_, i) => Number(i === place)));
    const { probabilities } = runOnnx(bytes, { inputs: { shape: [B, T], data: places } });
    expect(probabilities).toEqual(runOnnx(plain, { inputs: { shape: [B, T, features], data: oneHot } }).probabilities);
    expect(() => runOnnx(bytes, { inputs: { shape: [1, 1], data: [features] } })).toThrow('out of bounds');
  });

  test('as safetensors has every tensor under its name, and the parameters as they are', () => {
    const header = safetensorsHeader(model, { encoding: '{}' });
    const length = Number(Buffer.from(header).readBigUInt64LE());
    expect(header.length).toBe(8 + length);
    expect(header.length % 8).toBe(0);
    const { __metadata__, ...tensors } = JSON.parse(Buffer.from(header.subarray(8)).toString());
    expect(__metadata__).toEqual({ encoding: '{}' });
    const segments = parameterSegments(model);
    expect(Object.values(tensors)).toEqual(
      segments.map(({ shape, offset, length }) => ({
        dtype: 'F32',
        shape,
        data_offsets: [4 * offset, 4 * (offset + length)],
      })),
    );
    expect(Object.keys(tensors).slice(0, 3)).toEqual(['lstm_1/kernel', 'lstm_1/recurrent_kernel', 'lstm_1/bias']);
    expect(Object.keys(tensors).slice(-2)).toEqual(['softmax/kernel', 'softmax/bias']);
  });

  test('as a Keras archive has every weight where Keras looks for it', async () => {
    const layers = kerasLayers(model, initialState !== null);
    const { header, trailer } = kerasWeightsFile(layers, initialState);
    const config = JSON.parse(JSON.stringify(kerasConfig(layers)));
    const found = await readWeights(config, Buffer.concat([header, bytesOf(weights), bytesOf(trailer)]));
    const names = [...model.layers.map(({ kind }, l) => `${kind}_${l + 1}`), 'softmax'];
    const parameters = names.flatMap((name) => found.get(name) ?? []);
    expect(parameters.map(({ shape }) => shape)).toEqual(parameterSegments(model).map(({ shape }) => shape));
    expect(parameters.flatMap(({ values }) => values)).toEqual([...weights]);

    const { class_name, config: inner } = config;
    expect(class_name).toBe(initialState ? 'Functional' : 'Sequential');
    const stateNames = initialState ? names.slice(0, -1).flatMap((name) => [`${name}_h`, `${name}_c`]) : [];
    expect([...found.keys()].filter((name) => !names.includes(name)).sort()).toEqual(
      [...(initialState ? ['zero'] : []), ...stateNames].sort(),
    );
    if (!initialState) return;
    const given = inner.layers.flatMap(
      ({ inbound_nodes: [node] }: Json) =>
        node?.kwargs.initial_state?.map(({ config }: Json) => config.keras_history[0]) ?? [],
    );
    expect(given).toEqual(stateNames);
    expect(stateNames.flatMap((name) => found.get(name)![1].values)).toEqual([...initialState]);
    const kernels = ['zero', ...stateNames].flatMap((name) => found.get(name)![0].values);
    expect(kernels.every((value) => value === 0)).toBe(true);
  });
});

interface Weight {
  shape: number[];
  values: number[];
}

// biome-ignore lint/suspicious/noExplicitAny: what is in a config is what this test is about.
type Json = any;

const groupNames: Record<string, string> = {
  InputLayer: 'input_layer',
  GlobalMaxPooling1D: 'global_max_pooling1d',
  Dense: 'dense',
  LSTM: 'lstm',
};

/** The weights of each layer that has some, as Keras finds them: groups are called by classes, and counted. */
async function readWeights(config: Json, bytes: Uint8Array): Promise<Map<string, Weight[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'lookback-keras-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const name = join(folder, 'model.weights.h5');
  await writeFile(name, bytes);
  const file = new File(name, 'r');
  const counts: Record<string, number> = {};
  const found = new Map<string, Weight[]>();
  for (const { class_name, config: settings } of config.config.layers) {
    const group = groupNames[class_name];
    counts[group] = (counts[group] ?? -1) + 1;
    const path = `layers/${group}${counts[group] === 0 ? '' : `_${counts[group]}`}`;
    // Keras 3.0 looks there in any case.
    expect(file.get(`${path}/vars`), path).toBeInstanceOf(Group);
    const variables = file.get(`${path}${class_name === 'LSTM' ? '/cell' : ''}/vars`);
    if (!(variables instanceof Group)) throw new Error(`${path} has no weights.`);
    if (variables.keys().length === 0) continue;
    const weights = variables.keys().map((key) => {
      const dataset = variables.get(key);
      if (!(dataset instanceof Dataset)) throw new Error(`${key} is no dataset.`);
      return { shape: dataset.shape!, values: [...(dataset.value as Float32Array)] };
    });
    found.set(settings.name, weights);
  }
  file.close();
  return found;
}
