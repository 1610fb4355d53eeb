/**
 * A predictor of the engine `simd`: runs one sequence of any length, in pieces, through the layout made for single rows.
 */

import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import type { Predictor } from '../contract.ts';
import { addressOf, instanceFor, type MemoryKind, type SimdExports } from './module.ts';
import { packParameters } from './packing.ts';

/** Steps that are handed over at a time: bounds the memory, whatever the sequence. */
const pieceSteps = 256;

/** An instance with a model's parameters, in which so many predictors may work at the same time. */
export function predictorInstance(
  model: ModelDescription,
  weights: Float32Array,
  memory: MemoryKind,
  lanes: number,
): SimdExports {
  const { classes } = model.head;
  const instance = instanceFor(model, memory, (planned) => planned.planPredictor(classes, pieceSteps, lanes));
  const numbers = addressOf(instance.parameterNumbers);
  packParameters(model, weights, new Float32Array(instance.memory.buffer, addressOf(instance.parameters), numbers));
  return instance;
}

/** The memory of a lane. */
interface LaneViews {
  /** [pieceSteps,I] */
  inputs: Float32Array;
  /** [pieceSteps,C] */
  probabilities: Float32Array;
  /** Each vector of the state, with its place in the flat state. */
  state: { offset: number; vector: Float32Array }[];
}

/** Of the lane that the instance uses. */
function viewsOf(model: ModelDescription, instance: SimdExports): LaneViews {
  const { buffer } = instance.memory;
  return {
    inputs: new Float32Array(buffer, addressOf(instance.sequence), pieceSteps * model.input.features),
    probabilities: new Float32Array(buffer, addressOf(instance.probabilities), pieceSteps * model.head.classes),
    state: stateSegments(model, 1).map(({ layer, vector, offset, width }) => ({
      offset,
      vector: new Float32Array(buffer, addressOf(instance.sequenceState(layer, vector)), width),
    })),
  };
}

export class SimdPredictor implements Predictor {
  readonly #model: ModelDescription;
  readonly #instance: SimdExports;
  #lane = 0;
  /** Of the lane in use: made once, because to look at shared memory costs as much as some steps. */
  #views: LaneViews;

  /** @param instance which uses its first lane. */
  constructor(model: ModelDescription, instance: SimdExports) {
    this.#model = model;
    this.#instance = instance;
    this.#views = viewsOf(model, instance);
  }

  /** Chooses where in the memory this predictor works, until the next call; no other one may work there meanwhile. */
  useLane(lane: number): void {
    if (lane === this.#lane) return;
    this.#instance.useLane(lane, this.#lane);
    this.#lane = lane;
    this.#views = viewsOf(this.#model, this.#instance);
  }

  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array {
    const I = this.#model.input.features;
    const C = this.#model.head.classes;
    this.#instance.startSequence();
    if (initialState) this.#setState(initialState);
    if (sequenceLength <= pieceSteps) return new Float32Array(this.#predictPiece(inputs, sequenceLength));
    const probabilities = new Float32Array(sequenceLength * C);
    for (let start = 0; start < sequenceLength; start += pieceSteps) {
      const steps = Math.min(pieceSteps, sequenceLength - start);
      probabilities.set(this.#predictPiece(inputs.subarray(start * I, (start + steps) * I), steps), start * C);
    }
    return probabilities;
  }

  /**
   * The state vectors of one row (`stateSegments`) after the last step of the latest sequence: as `initialState` they
   * continue it to the bit. The array is the caller's.
   */
  finalState(): Float32Array {
    const state = new Float32Array(stateLength(this.#model, 1));
    for (const { offset, vector } of this.#views.state) state.set(vector, offset);
    return state;
  }

  /** A view of the piece's probabilities, which lasts until the next piece. */
  #predictPiece(inputs: Float32Array, steps: number): Float32Array {
    this.#views.inputs.set(inputs);
    this.#instance.predictPiece(steps);
    return this.#views.probabilities.subarray(0, steps * this.#model.head.classes);
  }

  #setState(state: Float32Array): void {
    for (const { offset, vector } of this.#views.state) vector.set(state.subarray(offset, offset + vector.length));
  }

  /** Size of the instance's memory: fixed from the start, whatever the length of the sequences. */
  get memoryBytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  /** The instance's memory goes with the last reference to this predictor. */
  dispose(): void {}
}
