/** What the engine simd promises beyond the contract: two layouts with the same bits, and a memory that does not grow. */
import { describe, expect, it } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import type { SimdPredictor } from '../../src/engine/simd/predictor.ts';
import type { SimdTrainer } from '../../src/engine/simd/trainer.ts';
import { trainingBytes } from '../../src/model/cost.ts';
import { EngineUnavailableError } from '../../src/platform/errors.ts';
import { type CaseSize, gradientOf, makeCase, onSizes, optimizers, sgd, smallSize, startTrainer } from './cases.ts';
import { expectClose, expectSameBits, float32Gradient } from './closeness.ts';

describe('layouts of the engine simd', () => {
  it('predict the same bits by tiles of a batch and by gates of one row', () => {
    onSizes(40, (size) => {
      const given = makeCase(size);
      const { model, weights, batch } = given;
      const { B, T } = size;
      const I = model.input.features;
      const C = model.head.classes;
      const trainer = startTrainer(simdEngine, given, sgd);
      const batched = trainer.probabilities(batch);
      const predictor = simdEngine.createPredictor(model, weights);
      const row = B - 1;
      const single = predictor.predict(
        batch.inputs.filter((_, i) => Math.floor(i / I) % B === row),
        T,
      );
      expectSameBits(
        single,
        batched.filter((_, i) => Math.floor(i / C) % B === row),
        'probabilities',
      );
    });
  });

  it('predict the same bits however many rows stand beside a row', () => {
    const wide = makeCase({ ...smallSize, B: 17 });
    const I = wide.model.input.features;
    const C = wide.model.head.classes;
    const T = wide.batch.sequenceLength;
    const narrow = { ...wide, batch: { ...wide.batch, batchSize: 3 } };
    narrow.batch.inputs = wide.batch.inputs.filter((_, i) => Math.floor(i / I) % 17 < 3);
    const all = startTrainer(simdEngine, wide, sgd).probabilities(wide.batch);
    const few = startTrainer(simdEngine, wide, sgd).probabilities(narrow.batch);
    expect(few.length).toBe(T * 3 * C);
    expectSameBits(
      few,
      all.filter((_, i) => Math.floor(i / C) % 17 < 3),
      'probabilities',
    );
  });
});

describe('memory of the engine simd', () => {
  const given = makeCase({ B: 9, T: 20, I: 3, units: [33, 7], C: 5, seed: 3 });

  it.each(Object.entries(optimizers))('stays as it was over 300 steps, with %s', (_, optimizer) => {
    const trainer = startTrainer(simdEngine, given, optimizer, { carryState: true }) as SimdTrainer;
    const before = trainer.memoryBytes;
    for (let step = 0; step < 300; step++) trainer.step(given.batch);
    trainer.probabilities(given.batch);
    expect(trainer.memoryBytes).toBe(before);
  });

  it('stays as it was over a sequence of 100,000 steps', () => {
    const predictor = simdEngine.createPredictor(given.model, given.weights) as SimdPredictor;
    const before = predictor.memoryBytes;
    predictor.predict(new Float32Array(100_000 * 3), 100_000);
    expect(predictor.memoryBytes).toBe(before);
  });

  it.each([1, 3, 4, 9, 32])(
    'is no more than the estimate that jobs are admitted by, where a model is not tiny: %i rows',
    (B) => {
      const large = makeCase({ B, T: 50, I: 1, units: [128, 128], C: 4, seed: 1 });
      const trainer = startTrainer(simdEngine, large, sgd) as SimdTrainer;
      expect(trainer.memoryBytes).toBeLessThan(trainingBytes(large.model, { batchSize: B, sequenceLength: 50 }, 0));
    },
  );

  it('is refused with a clear error where 4 GiB are not enough', () => {
    const { model } = given;
    const config = { model, batchSize: 4096, sequenceLength: 4096, optimizer: sgd, carryState: false };
    const state = { weights: given.weights, slots: {}, carried: new Float32Array(0) };
    const create = () => simdEngine.createTrainer(config, state);
    expect(create).toThrow(EngineUnavailableError);
    expect(create).toThrow(/ \d+\.\d\d GiB/);
  });

  it('refuses a batch larger than it was made for', () => {
    const trainer = startTrainer(simdEngine, makeCase(smallSize), sgd);
    const { batch } = makeCase({ ...smallSize, B: smallSize.B + 1 });
    expect(() => trainer.step(batch)).toThrow(RangeError);
    expect(() => trainer.probabilities(batch)).toThrow(RangeError);
  });
});

describe('sizes beyond the common ones', () => {
  it.each([
    ['1024 classes', { B: 3, T: 5, I: 2, units: [9], C: 1024, seed: 4 }],
    ['eight unequal layers', { B: 9, T: 6, I: 1, units: [3, 40, 1, 17, 2, 33, 5, 8], C: 3, seed: 5 }],
    ['a thousand features', { B: 2, T: 3, I: 1024, units: [6], C: 2, seed: 6 }],
    ['one step of one row', { B: 1, T: 1, I: 1, units: [1], C: 2, seed: 7 }],
    ['a long sequence', { B: 1, T: 4096, I: 1, units: [3], C: 2, seed: 8 }],
  ])('agree with float64: %s', (_, size: CaseSize) => {
    const given = makeCase(size);
    const expected = gradientOf(referenceEngine, given);
    const actual = gradientOf(simdEngine, given);
    expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(1e-5 * expected.loss);
    expectClose(actual.gradient, expected.gradient, float32Gradient);
  });
});
