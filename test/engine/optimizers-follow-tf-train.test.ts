/** tf.train defines what the optimisers mean: over the same 50 gradients, the reference's updates are those of tfjs' own optimisers. */
import { describe, expect, it } from 'vitest';
import { initialSlots64, update } from '../../src/engine/reference/optimizers.ts';
import { loadTensorFlow } from '../../src/engine/tensorflow/load.ts';
import type { Optimizer } from '../../src/model/optimizer.ts';
import { Random } from '../../src/model/random.ts';
import { optimizers } from './cases.ts';
import { expectClose } from './closeness.ts';

const { tf } = loadTensorFlow();

function tfTrain(optimizer: Optimizer) {
  const { learningRate } = optimizer;
  switch (optimizer.type) {
    case 'sgd':
      return tf.train.sgd(learningRate);
    case 'momentum':
      return tf.train.momentum(learningRate, optimizer.momentum, optimizer.nesterov);
    case 'rmsprop': {
      const { decay, momentum, epsilon, centered } = optimizer;
      // tfjs 4.22 subtracts epsilon under the root when centered, which makes NaN of a gradient of zero. TensorFlow adds it, and so do we.
      return tf.train.rmsprop(learningRate, decay, momentum, centered ? -epsilon : epsilon, centered);
    }
    case 'adam':
      return tf.train.adam(learningRate, optimizer.beta1, optimizer.beta2, optimizer.epsilon);
    case 'adagrad':
      return tf.train.adagrad(learningRate, optimizer.initialAccumulator);
  }
}

describe('50 updates', () => {
  it.each(Object.entries(optimizers))('of %s are those of tf.train', (name, settings) => {
    const optimizer = { ...settings, clipNorm: null };
    const random = Random.seeded(11, 'data');
    const normal = (count: number) => Float32Array.from({ length: count }, () => random.truncatedNormal());
    const initial = normal(40);
    const variable = tf.variable(tf.tensor1d(initial), true, `updated by ${name}`);
    const train = tfTrain(optimizer);
    const weights = Float64Array.from(initial);
    const slots = initialSlots64(optimizer, weights.length);
    for (let step = 0; step < 50; step++) {
      // Of very different sizes from parameter to parameter, and now and then zero.
      const gradient = normal(40).map((g, p) => (random.integer(10) === 0 ? 0 : g * 10 ** ((p % 7) - 4)));
      update(optimizer, weights, slots, Float64Array.from(gradient));
      const tensor = tf.tensor1d(gradient);
      train.applyGradients([{ name: variable.name, tensor }]);
      tensor.dispose();
    }
    const moved = (values: Iterable<number>) => Float64Array.from(values, (value, p) => value - initial[p]);
    // float32 against float64 over 50 steps; adam's 1 - β2ᵗ alone, a difference of nearly equal numbers, is good to 6e-5.
    expectClose(moved(variable.dataSync()), moved(weights), { norm: 5e-5, element: 5e-4 });
    expect(variable.dataSync().every(Number.isFinite)).toBe(true);
    variable.dispose();
    train.dispose();
  });
});
