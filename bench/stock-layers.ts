/**
 * The contestant to beat: tf.layers.lstm on tfjs-node, as its documentation has it, trained with trainOnBatch. A
 * process of its own, in which TensorFlow has its own threads; it answers as the peers do (peers/protocol.py).
 */
import { createInterface } from 'node:readline';
import { loadTensorFlow } from '../src/engine/tensorflow/load.ts';
import type { BenchSize } from './contestant.ts';

const { tf } = loadTensorFlow();

function answer(values: object): void {
  process.stdout.write(`${JSON.stringify(values)}\n`);
}

answer({ contestants: ['tf.layers.lstm on tfjs-node'], peakGflops: measuredPeak() });
let prepared: { key: string; step: () => Promise<unknown>; dispose: () => void } | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const { steps, B, T, H, L } = JSON.parse(line) as BenchSize & { steps: number };
  const { step } = prepare({ B, T, H, L });
  const started = performance.now();
  for (let i = 0; i < steps; i++) await step();
  answer({ seconds: (performance.now() - started) / 1000 });
}

function prepare(size: BenchSize) {
  const key = JSON.stringify(size);
  if (prepared?.key === key) return prepared;
  prepared?.dispose();
  const { B, T, H, L } = size;
  const model = tf.sequential();
  for (let layer = 0; layer < L; layer++) {
    model.add(tf.layers.lstm({ units: H, returnSequences: true, ...(layer === 0 && { inputShape: [T, 1] }) }));
  }
  model.add(tf.layers.dense({ units: 4, activation: 'softmax' }));
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  const inputs = tf.randomUniform([B, T, 1], 0, 2, 'int32', 1).toFloat();
  const labels = tf.oneHot(tf.randomUniform([B, T], 0, 4, 'int32', 2).toInt(), 4).toFloat();
  prepared = {
    key,
    step: () => model.trainOnBatch(inputs, labels),
    dispose: () => {
      model.dispose();
      tf.dispose([inputs, labels]);
    },
  };
  return prepared;
}

/** GFLOP/s of a large product of square matrices in float32: what the machine gives at best. */
function measuredPeak(): number {
  const n = 1536;
  const matrix = tf.randomUniform([n, n], -1, 1, 'float32', 1);
  const rates = Array.from({ length: 8 }, () => {
    const started = performance.now();
    tf.matMul(matrix, matrix).dispose();
    return (2 * n ** 3) / ((performance.now() - started) * 1e6);
  });
  matrix.dispose();
  return Math.max(...rates);
}
