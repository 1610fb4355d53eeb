/**
 * The engine simd gives the same bits on every machine and Node version: hashes of what 60 steps leave, for each
 * optimiser, against those that were recorded. Tests of every supported Node run this.
 *
 * A change of the engine's arithmetic or of its order of sums changes the hashes: then record new ones here, and say in
 * the changelog that the same spec trains to other weights.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TrainerState } from '../../src/engine/contract.ts';
import { openSimdEngine, simdEngine } from '../../src/engine/simd/engine.ts';
import { type CaseSize, makeCase, optimizers, startTrainer } from './cases.ts';

/** Odd numbers everywhere, and enough units and tiles for every path of the weights' gradient. */
const size: CaseSize = { B: 11, T: 40, I: 3, units: [17, 6], C: 5, seed: 7 };

const golden: Record<string, string> = {
  sgd: 'b89b476da1f091c3',
  momentum: '1ae7455440e203f8',
  nesterov: '1ac62d0de8224112',
  rmsprop: '2ba5013befbe97a4',
  'centered rmsprop': '36b17aaca1ee71c2',
  adam: '0180775b51ecf465',
  adagrad: 'ae2dc61010a5e11d',
};

describe('weights of the engine simd', () => {
  describe.each([1, 2, 3])('on %i threads', (threads) => {
    it.each(Object.entries(optimizers))('are the recorded ones after 60 steps, with %s', (name, optimizer) => {
      const given = makeCase(size);
      const trainer = startTrainer(openSimdEngine({ threads }), given, optimizer, { carryState: true });
      for (let step = 0; step < 60; step++) trainer.step(given.batch);
      expect(Number.isFinite(trainer.metrics().loss)).toBe(true);
      expect(hashOf(trainer.state())).toBe(golden[name]);
      trainer.dispose();
    });
  });

  it('are the same in two trainers that run by turns', () => {
    const given = makeCase(size);
    const trainers = [0, 1].map(() => startTrainer(simdEngine, given, optimizers.adam, { carryState: true }));
    for (let step = 0; step < 60; step++) {
      for (const trainer of trainers) trainer.step(given.batch);
    }
    const [one, other] = trainers.map((trainer) => hashOf(trainer.state()));
    expect(one).toBe(other);
    expect(one).toBe(golden.adam);
  });
});

/** Of weights, slots and carried state. */
function hashOf({ weights, slots, carried }: TrainerState): string {
  const hash = createHash('sha256');
  for (const values of [weights, ...Object.values(slots), carried]) hash.update(values);
  return hash.digest('hex').slice(0, 16);
}
