/**
 * Models and batches for the engines' tests: of any size, filled from a seed, with masks and state that leave nothing out.
 */
import fc from 'fast-check';
import type { Engine, Trainer, TrainerConfig, TrainerState } from '../../src/engine/contract.ts';
import type { Batch } from '../../src/model/batch.ts';
import { type ModelDescription, stackOf } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { initialSlots, type Optimizer } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';

export interface CaseSize {
  B: number;
  T: number;
  I: number;
  units: number[];
  C: number;
  seed: number;
}

export interface Case {
  model: ModelDescription;
  weights: Float32Array;
  batch: Batch;
  /** A state to carry into the batch. */
  carried: Float32Array;
}

/** The sizes that every engine has to master, odd ones above all. */
const anySize: fc.Arbitrary<CaseSize> = fc.record({
  B: fc.integer({ min: 1, max: 17 }),
  T: fc.integer({ min: 1, max: 64 }),
  I: fc.integer({ min: 1, max: 7 }),
  units: fc.array(fc.integer({ min: 1, max: 33 }), { minLength: 1, maxLength: 4 }),
  C: fc.integer({ min: 2, max: 13 }),
  seed: fc.nat(),
});

export const smallSize: CaseSize = { B: 3, T: 7, I: 2, units: [5, 3], C: 4, seed: 1 };

/**
 * Checks a property on `runs` sizes. Its seed is fixed: a suite of tolerances should not fail on one machine in a
 * thousand for a reason that nobody can repeat. To look for trouble, change the seed.
 */
export function onSizes(runs: number, check: (size: CaseSize) => void): void {
  fc.assert(fc.property(anySize, check), { numRuns: runs, seed: 20, endOnFailure: true });
}

export function makeCase({ B, T, I, units, C, seed }: CaseSize): Case {
  const random = Random.seeded(seed, 'data');
  const model = stackOf({ features: I, units, classes: C });
  return {
    model,
    weights: initialWeights(model, Random.seeded(seed, 'weights')),
    batch: makeBatch(model, B, T, random),
    carried: Float32Array.from({ length: stateLength(model, B) }, () => random.uniform() - 0.5),
  };
}

/** Inputs in [-1, 1), and a mask of zeros, ones and other weights that never is all zero. */
export function makeBatch(model: ModelDescription, B: number, T: number, random: Random): Batch {
  const mask = Float32Array.from({ length: T * B }, () => [0, 0.5, 1, 1, 2.5][random.integer(5)]);
  mask[random.integer(T * B)] = 1;
  return {
    batchSize: B,
    sequenceLength: T,
    inputs: Float32Array.from({ length: T * B * model.input.features }, () => 2 * random.uniform() - 1),
    labels: Int32Array.from({ length: T * B }, () => random.integer(model.head.classes)),
    mask,
  };
}

export const sgd: Optimizer = { type: 'sgd', learningRate: 0.1, clipNorm: null };

/** Every optimiser with every one of its switches, at rates at which small models learn. */
export const optimizers: Record<string, Optimizer> = {
  sgd: { type: 'sgd', learningRate: 0.1, clipNorm: 10 },
  momentum: { type: 'momentum', learningRate: 0.05, momentum: 0.9, nesterov: false, clipNorm: null },
  nesterov: { type: 'momentum', learningRate: 0.05, momentum: 0.9, nesterov: true, clipNorm: 1 },
  rmsprop: {
    type: 'rmsprop',
    learningRate: 0.005,
    decay: 0.9,
    momentum: 0.5,
    epsilon: 1e-7,
    centered: false,
    clipNorm: 10,
  },
  'centered rmsprop': {
    type: 'rmsprop',
    learningRate: 0.005,
    decay: 0.9,
    momentum: 0,
    epsilon: 1e-4,
    centered: true,
    clipNorm: 10,
  },
  adam: { type: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, clipNorm: 10 },
  adagrad: { type: 'adagrad', learningRate: 0.1, initialAccumulator: 0.1, epsilon: 1e-7, clipNorm: 10 },
};

/** A trainer as a new job gets it, but for what `change` says. */
export function startTrainer(
  engine: Engine,
  { model, weights, batch }: Pick<Case, 'model' | 'weights' | 'batch'>,
  optimizer: Optimizer,
  change: Partial<Omit<TrainerConfig, 'model' | 'optimizer'> & Pick<TrainerState, 'carried' | 'slots'>> = {},
): Trainer {
  const { carried, slots, ...config } = {
    batchSize: batch.batchSize,
    sequenceLength: batch.sequenceLength,
    carryState: false,
    ...change,
  };
  return engine.createTrainer(
    { model, optimizer, ...config },
    {
      weights,
      slots: slots ?? initialSlots(optimizer, parameterCount(model)),
      carried: carried ?? new Float32Array(stateLength(model, config.batchSize)),
    },
  );
}

/**
 * The gradient that an engine computes for one batch, to the bit, through its public interface: momentum's velocity
 * starts at zero, so after one step it is the gradient, clipped.
 */
export function gradientOf(
  engine: Engine,
  { carried, ...rest }: Pick<Case, 'model' | 'weights' | 'batch'> & { carried?: Float32Array },
  clipNorm: number | null = null,
): { gradient: Float32Array; loss: number; accuracy: number; carried: Float32Array } {
  const optimizer: Optimizer = { type: 'momentum', learningRate: 0.1, momentum: 0.9, nesterov: false, clipNorm };
  const trainer = startTrainer(engine, rest, optimizer, { carryState: carried !== undefined, carried });
  try {
    trainer.step(rest.batch);
    const { slots, carried: after } = trainer.state();
    return { ...trainer.metrics(), gradient: slots.velocity, carried: after };
  } finally {
    trainer.dispose();
  }
}
