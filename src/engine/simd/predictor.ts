/**
 * A predictor of the engine `simd`: runs one sequence of any length, in pieces, through the layout made for single rows.
 */

import type { ModelDescription } from '../../model/description.ts';
import { stateSegments } from '../../model/state.ts';
import type { Predictor } from '../contract.ts';
import { addressOf, instanceFor, type SimdExports } from './module.ts';
import { packParameters } from './packing.ts';

/** Steps that are handed over at a time: bounds the memory, whatever the sequence. */
const pieceSteps = 256;

export class SimdPredictor implements Predictor {
  readonly #model: ModelDescription;
  readonly #instance: SimdExports;
  /** [pieceSteps,I] and [pieceSteps,C] */
  readonly #inputs: Float32Array;
  readonly #probabilities: Float32Array;

  constructor(model: ModelDescription, weights: Float32Array) {
    const { input, head } = model;
    const instance = instanceFor(model, 'own', (planned) => planned.planPredictor(head.classes, pieceSteps));
    const { buffer } = instance.memory;
    const numbers = addressOf(instance.parameterNumbers);
    packParameters(model, weights, new Float32Array(buffer, addressOf(instance.parameters), numbers));
    this.#model = model;
    this.#instance = instance;
    this.#inputs = new Float32Array(buffer, addressOf(instance.sequence), pieceSteps * input.features);
    this.#probabilities = new Float32Array(buffer, addressOf(instance.probabilities), pieceSteps * head.classes);
  }

  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array {
    const I = this.#model.input.features;
    const C = this.#model.head.classes;
    this.#instance.startSequence();
    if (initialState) this.#setState(initialState);
    if (sequenceLength <= pieceSteps) return this.#predictPiece(inputs, sequenceLength).slice();
    const probabilities = new Float32Array(sequenceLength * C);
    for (let start = 0; start < sequenceLength; start += pieceSteps) {
      const steps = Math.min(pieceSteps, sequenceLength - start);
      probabilities.set(this.#predictPiece(inputs.subarray(start * I, (start + steps) * I), steps), start * C);
    }
    return probabilities;
  }

  /** A view of the piece's probabilities, which lasts until the next piece. */
  #predictPiece(inputs: Float32Array, steps: number): Float32Array {
    this.#inputs.set(inputs);
    this.#instance.predictPiece(steps);
    return this.#probabilities.subarray(0, steps * this.#model.head.classes);
  }

  #setState(state: Float32Array): void {
    for (const { layer, vector, offset, width } of stateSegments(this.#model, 1)) {
      const address = addressOf(this.#instance.sequenceState(layer, vector));
      new Float32Array(this.#instance.memory.buffer, address, width).set(state.subarray(offset, offset + width));
    }
  }

  /** Size of the instance's memory: fixed from the start, whatever the length of the sequences. */
  get memoryBytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  /** The instance's memory goes with the last reference to this predictor. */
  dispose(): void {}
}
