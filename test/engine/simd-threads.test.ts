/** The engine simd on several threads: the contract once more, and the same bits as on one. */
import { describe, expect, it } from 'vitest';
import { openSimdEngine } from '../../src/engine/simd/engine.ts';
import { Random } from '../../src/model/random.ts';
import { type CaseSize, makeBatch, makeCase, optimizers, startTrainer } from './cases.ts';
import { expectSameBits } from './closeness.ts';
import { describeEngine } from './contract.ts';

describe.each([2, 3])('on %i threads', (threads) => {
  describeEngine(openSimdEngine({ threads }));
});

const unequalShares: CaseSize = { B: 20, T: 30, I: 2, units: [19, 34], C: 5, seed: 11 };

describe('bits of the engine simd', () => {
  it.each<[string, CaseSize]>([
    ['a tile for each thread', { B: 32, T: 12, I: 1, units: [64], C: 4, seed: 1 }],
    ['a part of a tile, so that some threads have none', { B: 5, T: 9, I: 3, units: [7, 2], C: 6, seed: 2 }],
    ['unequal shares', unequalShares],
    ['fewer units than threads', { B: 41, T: 70, I: 1, units: [2, 1], C: 2, seed: 3 }],
  ])('are the same on 1, 2, 3 and 4 threads: %s', (_, size) => {
    const alone = outcome(size, [1]);
    for (const threads of [2, 3, 4]) expectSameOutcome(outcome(size, [threads]), alone);
  });

  it('are the same when a run goes on with another number of threads', () => {
    expectSameOutcome(outcome(unequalShares, [3, 1, 2]), outcome(unequalShares, [1]));
  });
});

interface Outcome {
  arrays: Record<string, Float32Array>;
  losses: number[];
}

/**
 * What six steps leave: each with a batch of its own, masks, rows that start, and now and then a smaller batch. A
 * trainer makes way for the next one, on the given numbers of threads.
 */
function outcome(size: CaseSize, threads: readonly number[]): Outcome {
  const { model, weights, carried, batch } = makeCase(size);
  const random = Random.seeded(size.seed, 'data');
  const losses: number[] = [];
  const config = { carryState: true, batchSize: size.B, sequenceLength: size.T };
  let state = { weights, carried, slots: undefined as Record<string, Float32Array> | undefined };
  let arrays: Outcome['arrays'] = {};
  for (const [turn, count] of threads.entries()) {
    const engine = openSimdEngine({ threads: count });
    const { weights, ...rest } = state;
    const trainer = startTrainer(engine, { model, weights, batch }, optimizers.adam, { ...config, ...rest });
    for (let step = (6 * turn) / threads.length; step < (6 * (turn + 1)) / threads.length; step++) {
      const B = step % 3 === 2 ? Math.ceil(size.B / 2) : size.B;
      const starts = Uint8Array.from({ length: B }, () => random.integer(2));
      trainer.step({ ...makeBatch(model, B, size.T - (step % 2), random), starts });
      losses.push(trainer.metrics().loss, trainer.metrics().accuracy);
    }
    state = trainer.state();
    const probabilities = trainer.probabilities(batch);
    arrays = { weights: state.weights, carried: state.carried, ...state.slots, probabilities };
    trainer.dispose();
  }
  return { arrays, losses };
}

function expectSameOutcome(actual: Outcome, expected: Outcome): void {
  expect(actual.losses).toEqual(expected.losses);
  for (const [name, values] of Object.entries(expected.arrays)) expectSameBits(actual.arrays[name], values, name);
}
