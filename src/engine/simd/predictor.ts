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

export class SimdPredictor implements Predictor {
  readonly #model: ModelDescription;
  readonly #instance: SimdExports;
  #lane = 0;
  /** [pieceSteps,I] and [pieceSteps,C], of the lane in use. */
  #inputs!: Float32Array;
  #probabilities!: Float32Array;

  /** @param instance which uses its first lane. */
  constructor(model: ModelDescription, instance: SimdExports) {
    this.#model = model;
    this.#instance = instance;
    this.useLane(0);
  }

  /** Chooses where in the memory this predictor works, until the next call; no other one may work there meanwhile. */
  useLane(lane: number): void {
    const { input, head } = this.#model;
    const instance = this.#instance;
    const { buffer } = instance.memory;
    instance.useLane(lane, this.#lane);
    this.#lane = lane;
    this.#inputs = new Float32Array(buffer, addressOf(instance.sequence), pieceSteps * input.features);
    this.#probabilities = new Float32Array(buffer, addressOf(instance.probabilities), pieceSteps * head.classes);
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
    for (const { offset, vector } of this.#stateVectors()) state.set(vector, offset);
    return state;
  }

  /** A view of the piece's probabilities, which lasts until the next piece. */
  #predictPiece(inputs: Float32Array, steps: number): Float32Array {
    this.#inputs.set(inputs);
    this.#instance.predictPiece(steps);
    return this.#probabilities.subarray(0, steps * this.#model.head.classes);
  }

  #setState(state: Float32Array): void {
    for (const { offset, vector } of this.#stateVectors()) vector.set(state.subarray(offset, offset + vector.length));
  }

  /** Where the state lies in memory, vector by vector, with each one's place in the flat state. */
  #stateVectors(): { offset: number; vector: Float32Array }[] {
    const { memory, sequenceState } = this.#instance;
    return stateSegments(this.#model, 1).map(({ layer, vector, offset, width }) => ({
      offset,
      vector: new Float32Array(memory.buffer, addressOf(sequenceState(layer, vector)), width),
    }));
  }

  /** Size of the instance's memory: fixed from the start, whatever the length of the sequences. */
  get memoryBytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  /** The instance's memory goes with the last reference to this predictor. */
  dispose(): void {}
}
