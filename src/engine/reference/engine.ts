/**
 * The reference engine: plain float64 TypeScript behind the interface of `engine/contract.ts`. The oracle of the tests; nothing else uses it.
 *
 * Each step computes in float64 and then rounds weights, slots and carried state to float32, which is all that the interface can hand over: so a restored trainer continues to the bit.
 */
import type { Batch } from '../../model/batch.ts';
import type { ModelShape } from '../../model/description.ts';
import { stateLength } from '../../model/state.ts';
import type { Engine, Metrics, Predictor, Trainer, TrainerConfig, TrainerState } from '../contract.ts';
import { forward, lossAndGradient, statesIn } from './network.ts';
import { type Slots64, update } from './optimizers.ts';

export const referenceEngine: Engine = {
  name: 'reference',
  threads: 1,
  createTrainer: (config, state) => new ReferenceTrainer(config, state),
  createPredictor: (shape, weights) => new ReferencePredictor(shape, weights),
};

class ReferenceTrainer implements Trainer {
  readonly #config: TrainerConfig;
  readonly #weights: Float64Array;
  readonly #slots: Slots64;
  readonly #carried: Float64Array;
  #metrics: Metrics | undefined;

  constructor(config: TrainerConfig, state: TrainerState) {
    this.#config = config;
    this.#weights = Float64Array.from(state.weights);
    this.#slots = mapValues(state.slots, (slot) => Float64Array.from(slot));
    this.#carried = Float64Array.from(state.carried);
  }

  step(batch: Batch): void {
    const { shape, optimizer } = this.#config;
    const { loss, accuracy, gradient, carried } = lossAndGradient(
      shape,
      this.#weights,
      batch,
      this.#stateBefore(batch),
    );
    this.#keepStateAfter(batch, carried);
    update(optimizer, this.#weights, this.#slots, gradient);
    for (const values of [this.#weights, this.#carried, ...Object.values(this.#slots)]) roundToFloat32(values);
    this.#metrics = { loss, accuracy };
  }

  metrics(): Metrics {
    if (!this.#metrics) throw new Error('There are no metrics before the first step.');
    return this.#metrics;
  }

  probabilities(batch: Batch): Float32Array {
    return Float32Array.from(forward(this.#config.shape, this.#weights, batch).probabilities);
  }

  state(): TrainerState {
    return {
      weights: Float32Array.from(this.#weights),
      slots: mapValues(this.#slots, (slot) => Float32Array.from(slot)),
      carried: Float32Array.from(this.#carried),
    };
  }

  dispose(): void {}

  /** The carried state of the batch's rows, zero where a row starts a new sequence. */
  #stateBefore({ batchSize: B, starts }: Batch): Float64Array {
    const { shape, carryState, batchSize } = this.#config;
    const before = new Float64Array(stateLength(shape, B));
    if (!carryState) return before;
    const carried = statesIn(shape, this.#carried, batchSize);
    for (const [layer, { h, c }] of statesIn(shape, before, B).entries()) {
      h.set(carried[layer].h.subarray(0, h.length));
      c.set(carried[layer].c.subarray(0, c.length));
      const H = shape.units[layer];
      for (let b = 0; b < B; b++) {
        if (!starts?.[b]) continue;
        h.fill(0, b * H, (b + 1) * H);
        c.fill(0, b * H, (b + 1) * H);
      }
    }
    return before;
  }

  /** Rows that the batch does not have keep the state they had. */
  #keepStateAfter({ batchSize: B }: Batch, after: Float64Array): void {
    const { shape, carryState, batchSize } = this.#config;
    if (!carryState) return;
    const carried = statesIn(shape, this.#carried, batchSize);
    for (const [layer, { h, c }] of statesIn(shape, after, B).entries()) {
      carried[layer].h.set(h);
      carried[layer].c.set(c);
    }
  }
}

class ReferencePredictor implements Predictor {
  readonly #shape: ModelShape;
  readonly #weights: Float64Array;

  constructor(shape: ModelShape, weights: Float32Array) {
    this.#shape = shape;
    this.#weights = Float64Array.from(weights);
  }

  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array {
    const unmarked = { labels: new Int32Array(sequenceLength), mask: new Float32Array(sequenceLength) };
    const batch = { batchSize: 1, sequenceLength, inputs, ...unmarked };
    const state = initialState && Float64Array.from(initialState);
    return Float32Array.from(forward(this.#shape, this.#weights, batch, state).probabilities);
  }

  dispose(): void {}
}

function roundToFloat32(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]);
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
