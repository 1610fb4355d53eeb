/** Contract: state carried from batch to batch, state handed out and taken back, and arrays that stay their owner's. */
import { describe, expect, it } from 'vitest';
import type { Engine, Trainer, TrainerState } from '../../../src/engine/contract.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import type { Batch } from '../../../src/model/batch.ts';
import { Random } from '../../../src/model/random.ts';
import { stateSegments } from '../../../src/model/state.ts';
import { type Case, makeBatch, makeCase, optimizers, sgd, smallSize, startTrainer } from '../cases.ts';
import { expectClose, expectSameBits } from '../closeness.ts';

const forwardTolerance = { norm: 1e-5, element: 1e-4 };

export function describeState(engine: Engine): void {
  describe('carried state', () => {
    it('goes from each batch to the next, but not into rows that start', () => {
      const given = makeCase(smallSize);
      const random = Random.seeded(2, 'data');
      const batches = [undefined, Uint8Array.of(0, 1, 0), Uint8Array.of(1, 1, 1), undefined].map((starts) => ({
        ...makeBatch(given.model, 3, 7, random),
        starts,
      }));
      const trainers = [engine, referenceEngine].map((each) =>
        startTrainer(each, given, sgd, { carryState: true, carried: given.carried }),
      );
      for (const batch of batches) {
        const [ours, reference] = trainers.map((trainer) => {
          trainer.step(batch);
          return { ...trainer.metrics(), ...trainer.state() };
        });
        expect(ours.loss).toBeCloseTo(reference.loss, 5);
        expectClose(ours.carried, reference.carried, forwardTolerance);
      }
      for (const trainer of trainers) trainer.dispose();
    });

    it('stays where it was for rows that a smaller batch does not have', () => {
      const given = makeCase(smallSize);
      const trainer = startTrainer(engine, given, sgd, { carryState: true, carried: given.carried });
      trainer.step(makeBatch(given.model, 2, 4, Random.seeded(3, 'data')));
      const after = trainer.state().carried;
      for (const { name, offset, width } of stateSegments(given.model, 3)) {
        const lastRow = [offset + 2 * width, offset + 3 * width] as const;
        expectSameBits(after.slice(...lastRow), given.carried.slice(...lastRow), `${name} of the row left out`);
        expect(after[offset]).not.toBe(given.carried[offset]);
      }
      trainer.dispose();
    });

    it('is zero, and stays so, without carryState', () => {
      const given = makeCase(smallSize);
      const [first, second] = [0, 1].map(() => {
        const trainer = startTrainer(engine, given, { ...sgd, learningRate: 0 });
        trainer.step(given.batch);
        trainer.step(given.batch);
        const outcome = { ...trainer.metrics(), ...trainer.state() };
        trainer.dispose();
        return outcome;
      });
      expect(first.carried.every((value) => value === 0)).toBe(true);
      expect(first.loss).toBe(second.loss);
    });
  });

  describe('state()', () => {
    it.each(Object.entries(optimizers))('restores a run to the bit with %s', (_, optimizer) => {
      const given = makeCase(smallSize);
      const random = Random.seeded(4, 'data');
      const before = Array.from({ length: 5 }, () => makeBatch(given.model, 3, 7, random));
      const after = Array.from({ length: 5 }, () => makeBatch(given.model, 3, 7, random));
      const through = startTrainer(engine, given, optimizer, { carryState: true });
      train(through, before);
      const saved = through.state();
      const resumed = startTrainer(engine, { ...given, weights: saved.weights }, optimizer, {
        carryState: true,
        carried: saved.carried,
        slots: saved.slots,
      });
      expectSameState(resumed.state(), saved);
      train(through, after);
      train(resumed, after);
      expectSameState(resumed.state(), through.state());
      expect(resumed.metrics()).toEqual(through.metrics());
      through.dispose();
      resumed.dispose();
    });

    it('and what it was made from are copies', () => {
      const given = makeCase(smallSize);
      const [quiet, disturbed] = [false, true].map((disturb) => {
        const own = { ...given, weights: given.weights.slice() };
        const carried = given.carried.slice();
        const trainer = startTrainer(engine, own, sgd, { carryState: true, carried });
        const scribble = (...arrays: Float32Array[]) => {
          if (disturb) for (const array of arrays) array.fill(7);
        };
        scribble(own.weights, carried);
        trainer.step(given.batch);
        const { weights, carried: after } = trainer.state();
        scribble(weights, after);
        trainer.step(given.batch);
        const outcome = trainer.state();
        trainer.dispose();
        return outcome;
      });
      expectSameState(disturbed, quiet);
    });
  });

  it('keeps no array of a batch beyond the step', () => {
    const given = makeCase(smallSize);
    const [quiet, disturbed] = [false, true].map((disturb) => {
      const trainer = startTrainer(engine, given, sgd, { carryState: true });
      for (let step = 0; step < 3; step++) {
        const batch = copyOf(given);
        trainer.step(batch);
        if (!disturb) continue;
        batch.inputs.fill(1e9);
        batch.labels.fill(0);
        batch.mask.fill(5);
      }
      const outcome = { ...trainer.state(), ...trainer.metrics() };
      trainer.dispose();
      return outcome;
    });
    expectSameState(disturbed, quiet);
    expect(disturbed.loss).toBe(quiet.loss);
    expect(disturbed.accuracy).toBe(quiet.accuracy);
  });
}

function train(trainer: Trainer, batches: Batch[]): void {
  for (const batch of batches) trainer.step(batch);
}

function copyOf({ batch }: Case): Batch {
  return { ...batch, inputs: batch.inputs.slice(), labels: batch.labels.slice(), mask: batch.mask.slice() };
}

function expectSameState(actual: TrainerState, expected: TrainerState): void {
  expectSameBits(actual.weights, expected.weights, 'weights');
  expectSameBits(actual.carried, expected.carried, 'carried state');
  for (const [name, slot] of Object.entries(expected.slots)) expectSameBits(actual.slots[name], slot, name);
}
