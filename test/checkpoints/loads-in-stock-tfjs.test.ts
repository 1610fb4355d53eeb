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
import { modelJson } from '../../src/formats/tfjs.ts';
import { makeCase } from '../engine/cases.ts';

const sizes = [
  { features: 1, units: [5, 5], classes: 4 },
  { features: 3, units: [7], classes: 2 },
  { features: 2, units: [4, 9, 3], classes: 11 },
];

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
