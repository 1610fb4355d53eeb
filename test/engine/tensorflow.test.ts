/** The engine on tfjs-node: the contract on the ops that every TensorFlow has, and memory over thousands of steps. */
import { describe, expect, it } from 'vitest';
import { lossAndGradient } from '../../src/engine/reference/network.ts';
import { openTensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { loadTensorFlow } from '../../src/engine/tensorflow/load.ts';
import { type CaseSize, gradientOf, makeCase, optimizers, smallSize, startTrainer } from './cases.ts';
import { expectClose, expectSameBits, float32Gradient } from './closeness.ts';
import { describeEngine } from './contract.ts';

const engine = openTensorFlowEngine({ threads: 1 });

describe('on TensorFlow’s own LSTM', () => describeEngine(openTensorFlowEngine({ ownOps: false })));

it('runs on the project’s own ops, which the set-up compiled', () => {
  expect(loadTensorFlow().hasOwnOps).toBe(true);
});

/**
 * Rows and units that fill tiles and panels, and such that don't; more threads than rows; more rows in all than the
 * gradient of w takes at once.
 */
const sizes: CaseSize[] = [
  { B: 64, T: 6, I: 9, units: [32, 16], C: 5, seed: 12 },
  { B: 13, T: 11, I: 3, units: [33, 7], C: 3, seed: 13 },
  { B: 2, T: 70, I: 130, units: [5], C: 2, seed: 14 },
];

describe.each(sizes)('layers of $B rows and $units units', (size) => {
  const given = makeCase(size);
  const alone = gradientOf(engine, given);

  it('have the reference’s gradient and state', () => {
    const { model, weights, batch, carried } = given;
    const expected = lossAndGradient(model, Float64Array.from(weights), batch, Float64Array.from(carried));
    expect(Math.abs(alone.loss - expected.loss)).toBeLessThan(1e-5);
    expectClose(alone.gradient, expected.gradient, float32Gradient);
    expectClose(alone.carried, expected.carried, float32Gradient);
  });

  it.each([2, 3, 5])('have the same bits on %d threads', (threads) => {
    const together = gradientOf(openTensorFlowEngine({ threads }), given);
    expectSameBits(together.gradient, alone.gradient, 'gradient');
    expectSameBits(together.carried, alone.carried, 'state');
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
    const { model, weights } = makeCase(smallSize);
    const before = tensors();
    const predictor = engine.createPredictor(model, weights);
    const longest = 99;
    predictor.predict(new Float32Array(longest * model.input.features), longest);
    const afterOne = tensors();
    for (let T = 1; T <= longest; T++) predictor.predict(new Float32Array(T * model.input.features), T);
    expect(tensors()).toEqual(afterOne);
    predictor.dispose();
    expect(tensors()).toEqual(before);
  });
});

describe('threads of the engine tensorflow', () => {
  it('are what was asked for', () => {
    expect(engine.threads).toBe(1);
    expect(openTensorFlowEngine({ threads: 2 }).threads).toBe(2);
  });

  it('are one for TensorFlow’s own LSTM, which has no use for more', () => {
    expect(openTensorFlowEngine({ threads: 2, ownOps: false }).threads).toBe(1);
  });
});
