/**
 * A predictor of the engine `simd`: runs one sequence of any length, in pieces, through the layout made for single rows.
 */

import type { ModelShape } from '../../model/description.ts';
import type { Predictor } from '../contract.ts';
import { addressOf, instantiate, layOutModel, type SimdExports } from './module.ts';
import { packParameters } from './packing.ts';

/** Steps that are handed over at a time: bounds the memory, whatever the sequence. */
const pieceSteps = 256;

export class SimdPredictor implements Predictor {
  readonly #shape: ModelShape;
  readonly #instance: SimdExports;
  /** [pieceSteps,I] and [pieceSteps,C] */
  readonly #inputs: Float32Array;
  readonly #probabilities: Float32Array;

  constructor(shape: ModelShape, weights: Float32Array) {
    const instance = instantiate();
    layOutModel(instance, shape, () => instance.planPredictor(shape.classes, pieceSteps));
    const { buffer } = instance.memory;
    const numbers = addressOf(instance.parameterNumbers);
    packParameters(shape, weights, new Float32Array(buffer, addressOf(instance.parameters), numbers));
    this.#shape = shape;
    this.#instance = instance;
    this.#inputs = new Float32Array(buffer, addressOf(instance.sequence), pieceSteps * shape.features);
    this.#probabilities = new Float32Array(buffer, addressOf(instance.probabilities), pieceSteps * shape.classes);
  }

  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array {
    const { features: I, classes: C } = this.#shape;
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
    return this.#probabilities.subarray(0, steps * this.#shape.classes);
  }

  #setState(state: Float32Array): void {
    let offset = 0;
    for (const [layer, H] of this.#shape.units.entries()) {
      for (const address of [this.#instance.sequenceHidden(layer), this.#instance.sequenceCells(layer)]) {
        new Float32Array(this.#instance.memory.buffer, addressOf(address), H).set(state.subarray(offset, offset + H));
        offset += H;
      }
    }
  }

  /** Size of the instance's memory: fixed from the start, whatever the length of the sequences. */
  get memoryBytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  /** The instance's memory goes with the last reference to this predictor. */
  dispose(): void {}
}
