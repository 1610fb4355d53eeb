/** A checkpoint's model.json and weights.bin load in stock tfjs, and predict what our engines predict. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { weightsFile } from '../../src/checkpoints/format/files.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { openTensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { loadTensorFlow } from '../../src/engine/tensorflow/load.ts';
import type { RawInputs } from '../../src/formats/graph-inputs.ts';
import { encodingBytes, modelJson, tfjsEncoding } from '../../src/formats/tfjs.ts';
import { Random } from '../../src/model/random.ts';
import { makeCase } from '../engine/cases.ts';

const sizes = [
  { features: 1, units: [5, 5], classes: 4 },
  { features: 3, units: [7], classes: 2 },
  { features: 2, units: [4, 9, 3], classes: 11 },
];

const numbers = (seed: number, from: number, to: number, count: number) => {
  const random = Random.seeded(seed, 'data');
  return Array.from({ length: count }, () => from + (to - from) * random.uniform());
};
const raws = (I: number): [string, RawInputs][] => [
  [
    'numbers that are large beside their deviation',
    { kind: 'numbers', mean: numbers(1, 9e3, 1e4, I), scale: numbers(2, 0.5, 2, I), missing: null },
  ],
  [
    'numbers of any size, one of them negated',
    { kind: 'numbers', mean: numbers(3, -1e-20, 1e-20, I), scale: numbers(4, -1e-20, -1e-21, I), missing: null },
  ],
  ['places', { kind: 'places' }],
];

describe.each(sizes)('a model of $features features, $units units, which takes raw', (size) => {
  const { features: I, units, classes: C } = size;
  it.each(raws(I))('%s, says in stock tfjs what it says of encoded ones', async (_, raw) => {
    const { tf } = loadTensorFlow();
    const { model, weights } = makeCase({ B: 1, T: 1, I, units, C, seed: 8 });
    const encoding = tfjsEncoding(model, raw, 'encoding.bin')!;
    const folder = await mkdtemp(join(tmpdir(), 'lookback-model-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'model.json'), JSON.stringify(modelJson(model, weightsFile, encoding)));
    await writeFile(join(folder, weightsFile), weights);
    await writeFile(join(folder, 'encoding.bin'), encodingBytes(encoding));
    const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
    const predictor = referenceEngine.createPredictor(model, weights);
    for (const [B, T] of [
      [1, 1],
      [3, 1],
      [2, 20],
    ]) {
      const places = numbers(5, 0, I, B * T).map(Math.floor);
      const offsets = numbers(6, -2, 2, B * T * I);
      const values =
        raw.kind === 'places' ? places : offsets.map((z, n) => Math.fround(raw.mean[n % I] + z * raw.scale[n % I]));
      const encoded = Float32Array.from(
        raw.kind === 'places'
          ? places.flatMap((place) => Array.from({ length: I }, (_, i) => Number(i === place)))
          : values.map((value, n) => (value - raw.mean[n % I]) / raw.scale[n % I]),
      );
      const stock = tf.tidy(() => {
        const shape = raw.kind === 'places' ? [B, T] : [B, T, I];
        return (loaded.predict(tf.tensor(values, shape)) as ReturnType<typeof tf.tensor>).dataSync();
      });
      const ours = Array.from({ length: B }, (_, b) => [
        ...predictor.predict(encoded.subarray(b * T * I, (b + 1) * T * I), T),
      ]).flat();
      expect(stock.length).toBe(ours.length);
      expect(Math.max(...ours.map((value, n) => Math.abs(value - stock[n])))).toBeLessThan(1e-5);
    }
    loaded.dispose();
    predictor.dispose();
  });
});

describe.each(sizes)('a model of $features features, $units units, $classes classes', (size) => {
  it('predicts in stock tfjs what it predicts here', async () => {
    const { tf } = loadTensorFlow();
    const { features: I, units, classes: C } = size;
    const T = 20;
    const { model, weights, batch } = makeCase({ B: 1, T, I, units, C, seed: 8 });
    const folder = await mkdtemp(join(tmpdir(), 'lookback-model-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'model.json'), JSON.stringify(modelJson(model, weightsFile)));
    await writeFile(join(folder, weightsFile), weights);

    const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
    const stock = tf.tidy(() => {
      const prediction = loaded.predict(tf.tensor3d(batch.inputs, [1, T, I]));
      if (Array.isArray(prediction)) throw new Error('The model has one output.');
      return prediction.dataSync();
    });
    loaded.dispose();

    for (const engine of [referenceEngine, simdEngine, openTensorFlowEngine()]) {
      const predictor = engine.createPredictor(model, weights);
      const ours = predictor.predict(batch.inputs, T);
      predictor.dispose();
      const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - stock[i])), 0);
      expect(ours.length).toBe(stock.length);
      expect(worst, engine.name).toBeLessThan(1e-5);
    }
  });
});
