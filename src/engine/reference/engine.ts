/**
 * The reference engine: plain float64 TypeScript behind the interface of `engine/contract.ts`. The oracle of the tests;
 * nothing else uses it.
 *
 * Each step computes in float64 and then rounds weights, slots and carried state to float32, which is all that the
 * interface can hand over: so a restored trainer continues to the bit.
 */
import type { Batch } from '../../model/batch.ts';
import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import type { Engine, Metrics, Predictor, Trainer, TrainerConfig, TrainerState } from '../contract.ts';
import { forward, lossAndGradient } from './network.ts';
import { type Slots64, update } from './optimizers.ts';

export const referenceEngine: Engine = {
  name: 'reference',
  threads: 1,
  createTrainer: (config, state) => new ReferenceTrainer(config, state),
  createPredictor: (model, weights) => new ReferencePredictor(model, weights),
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
    const { model, optimizer } = this.#config;
    const { loss, accuracy, gradient, carried } = lossAndGradient(
      model,
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
    return Float32Array.from(forward(this.#config.model, this.#weights, batch).probabilities);
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
    const { model, carryState } = this.#config;
    const before = new Float64Array(stateLength(model, B));
    if (!carryState) return before;
    for (const { kept, rows, width } of this.#rowsOf(before, B)) {
      rows.set(kept);
      for (let b = 0; b < B; b++) if (starts?.[b]) rows.fill(0, b * width, (b + 1) * width);
    }
    return before;
  }

  /** Rows that the batch does not have keep the state they had. */
  #keepStateAfter({ batchSize: B }: Batch, after: Float64Array): void {
    if (!this.#config.carryState) return;
    for (const { kept, rows } of this.#rowsOf(after, B)) kept.set(rows);
  }

  /** For each state vector its rows [B,width] in a batch's state, and those of the same rows in the state that is kept. */
  #rowsOf(state: Float64Array, B: number) {
    const { model, batchSize } = this.#config;
    const kept = stateSegments(model, batchSize);
    return stateSegments(model, B).map(({ offset, length, width }, i) => ({
      rows: state.subarray(offset, offset + length),
      kept: this.#carried.subarray(kept[i].offset, kept[i].offset + length),
      width,
    }));
  }
}

class ReferencePredictor implements Predictor {
  readonly #model: ModelDescription;
  readonly #weights: Float64Array;

  constructor(model: ModelDescription, weights: Float32Array) {
    this.#model = model;
    this.#weights = Float64Array.from(weights);
  }

  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array {
    const unmarked = { labels: new Int32Array(sequenceLength), mask: new Float32Array(sequenceLength) };
    const batch = { batchSize: 1, sequenceLength, inputs, ...unmarked };
    const state = initialState && Float64Array.from(initialState);
    return Float32Array.from(forward(this.#model, this.#weights, batch, state).probabilities);
  }

  dispose(): void {}
}

function roundToFloat32(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]);
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
