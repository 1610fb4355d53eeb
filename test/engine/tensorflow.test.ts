/** The engine on tfjs-node against the contract, and its memory over thousands of steps. */
import { describe, expect, it } from 'vitest';
import { lossAndGradient } from '../../src/engine/reference/network.ts';
import { openTensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { loadTensorFlow } from '../../src/engine/tensorflow/load.ts';
import { gradientOf, makeCase, optimizers, smallSize, startTrainer } from './cases.ts';
import { expectClose, expectSameBits, float32Gradient } from './closeness.ts';
import { describeEngine } from './contract.ts';

const engine = openTensorFlowEngine({ threads: 1 });

describeEngine(engine);

describe('layers wide enough to run step by step', () => {
  // 32·(I+H)·H is over a million from the first layer on.
  const given = makeCase({ B: 32, T: 6, I: 90, units: [130, 128], C: 5, seed: 12 });

  it('have the reference’s gradient and state', () => {
    const { shape, weights, batch, carried } = given;
    const expected = lossAndGradient(shape, Float64Array.from(weights), batch, Float64Array.from(carried));
    const actual = gradientOf(engine, given);
    expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(1e-5);
    expectClose(actual.gradient, expected.gradient, float32Gradient);
    expectClose(actual.carried, expected.carried, float32Gradient);
  });

  it('give the same bits every time', () => {
    expectSameBits(gradientOf(engine, given).gradient, gradientOf(engine, given).gradient, 'gradient');
  });

  it('leave no tensor behind', () => {
    const before = loadTensorFlow().backend.binding.getNumOfTensors();
    gradientOf(engine, given);
    expect(loadTensorFlow().backend.binding.getNumOfTensors()).toBe(before);
  });
});

describe('memory of the engine tensorflow', () => {
  const { tf, backend } = loadTensorFlow();
  /** Tensors of tfjs, and those of the binding, among them the raw ones. */
  const tensors = () => [tf.memory().numTensors, backend.binding.getNumOfTensors()];

  // Every optimiser takes its own ops, so each is watched; one of them for long.
  it.each(
    Object.entries(optimizers).map(([name, optimizer]) => ({ name, optimizer, steps: name === 'adam' ? 3000 : 300 })),
  )('holds as many tensors after $steps steps of $name as after one', ({ optimizer, steps }) => {
    const given = makeCase({ ...smallSize, T: 3 });
    const before = tensors();
    const trainer = startTrainer(engine, given, optimizer, { carryState: true });
    trainer.step(given.batch);
    const afterOne = tensors();
    for (let step = 1; step < steps; step++) trainer.step(given.batch);
    trainer.metrics();
    trainer.state();
    expect(tensors()).toEqual(afterOne);
    trainer.dispose();
    expect(tensors()).toEqual(before);
  });

  it('holds nothing of a predictor after its end, nor of sequences of other lengths', () => {
    const { shape, weights } = makeCase(smallSize);
    const before = tensors();
    const predictor = engine.createPredictor(shape, weights);
    const longest = 99;
    predictor.predict(new Float32Array(longest * shape.features), longest);
    const afterOne = tensors();
    for (let T = 1; T <= longest; T++) predictor.predict(new Float32Array(T * shape.features), T);
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
