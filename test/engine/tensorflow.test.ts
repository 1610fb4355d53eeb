/** The engine on tfjs-node against the contract, and its memory over thousands of steps. */
import { describe, expect, it } from 'vitest';
import { openTensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { loadTensorFlow } from '../../src/engine/tensorflow/load.ts';
import { makeCase, optimizers, smallSize, startTrainer } from './cases.ts';
import { describeEngine } from './contract.ts';

const engine = openTensorFlowEngine({ threads: 1 });

describeEngine(engine);

describe('memory of the engine tensorflow', () => {
  const { tf, backend } = loadTensorFlow();
  /** Tensors of tfjs, and those of the binding, among them the raw ones. */
  const tensors = () => [tf.memory().numTensors, backend.binding.getNumOfTensors()];

  it.each(Object.entries(optimizers))(
    'holds as many tensors after 2000 steps as after one, with %s',
    (_, optimizer) => {
      const given = makeCase({ ...smallSize, T: 3 });
      const before = tensors();
      const trainer = startTrainer(engine, given, optimizer, { carryState: true });
      trainer.step(given.batch);
      const afterOne = tensors();
      for (let step = 1; step < 2000; step++) trainer.step(given.batch);
      trainer.metrics();
      trainer.state();
      expect(tensors()).toEqual(afterOne);
      trainer.dispose();
      expect(tensors()).toEqual(before);
    },
  );

  it('holds nothing of a predictor after its end, nor of sequences of other lengths', () => {
    const { shape, weights } = makeCase(smallSize);
    const before = tensors();
    const predictor = engine.createPredictor(shape, weights);
    predictor.predict(new Float32Array(5 * shape.features), 5);
    const afterOne = tensors();
    for (let T = 1; T < 100; T++) predictor.predict(new Float32Array(T * shape.features), T);
    expect(tensors()).toEqual(afterOne);
    predictor.dispose();
    expect(tensors()).toEqual(before);
  });
});

describe('threads of the engine tensorflow', () => {
  it('are what was asked for, and stay so in the process', () => {
    expect(engine.threads).toBe(1);
    expect(openTensorFlowEngine().threads).toBe(1);
    expect(() => openTensorFlowEngine({ threads: 2 })).toThrow('threads');
  });
});
