/**
 * The interface of the engines: what trains and what predicts. It knows numbers only: no Redis, no HTTP, no environment.
 *
 * Everything is time-major in memory: step t of row b of an array [T,B,…] lies at (t·B + b)·…
 * `test/engine/contract.ts` is the suite that every implementation has to pass.
 */
import type { Batch } from '../model/batch.ts';
import type { ModelDescription } from '../model/description.ts';
import type { Optimizer, OptimizerSlots } from '../model/optimizer.ts';

export interface TrainerConfig {
  model: ModelDescription;
  /** Largest B and T of any batch. */
  batchSize: number;
  sequenceLength: number;
  optimizer: Optimizer;
  /**
   * The final state of each row is the initial state of the same row in the next batch (a constant to the gradient:
   * truncated back-propagation).
   */
  carryState: boolean;
}

/** All that a trainer's future depends on, besides the batches to come. Restoring it continues to the bit. */
export interface TrainerState {
  /** Flat parameter vector (`parameterSegments`). */
  weights: Float32Array;
  slots: OptimizerSlots;
  /** Carried state (`stateSegments`) of the config's batchSize rows. Zeros without `carryState`. */
  carried: Float32Array;
}

/** Of one batch, over the steps that the mask counts. */
export interface Metrics {
  /** Σ mask·(-ln p(label)) / Σ mask, in nats; 0 when nothing counts. */
  loss: number;
  /** Share of the steps with mask > 0 whose most probable class (the lowest, if several) is the label; 0 when nothing counts. */
  accuracy: number;
}

export interface Trainer {
  /**
   * One training step: forward, loss, back-propagation through time, clipping, update.
   * The gradient is that of the loss in `Metrics`. Nothing is returned, so that an engine need not wait for its result.
   */
  step(batch: Batch): void;
  /** Metrics of the last `step`'s batch, with the weights before its update. Throws when there was no step yet. */
  metrics(): Metrics;
  /** Class probabilities [T,B,C] of a batch under the present weights, from zero state; changes nothing. The array is the caller's. */
  probabilities(batch: Batch): Float32Array;
  /** A copy of the state. */
  state(): TrainerState;
  dispose(): void;
}

/** Runs one sequence at a time: for /predict and the report. */
export interface Predictor {
  /**
   * Probabilities [T,C] for inputs [T,I]. The array is the caller's.
   * @param initialState the state vectors of one row (`stateSegments`); without it the sequence starts from zero state.
   */
  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array;
  dispose(): void;
}

export interface Engine {
  readonly name: string;
  /** Threads that one trainer computes on. No result depends on their number. */
  readonly threads: number;
  /**
   * A trainer that continues from `state` (which is copied). The state of a new job comes from `initialWeights`,
   * `initialSlots` and zeros.
   */
  createTrainer(config: TrainerConfig, state: TrainerState): Trainer;
  createPredictor(model: ModelDescription, weights: Float32Array): Predictor;
}
