/**
 * A predictor of the engine `simd` for several short sequences at once, in the layout of the trainer, where a vector
 * holds one number of several rows: eight small sequences take it as long as two take a `SimdPredictor`. Both sum in the
 * same order, so that a sequence's probabilities are the same to the bit, whatever else is predicted with it.
 */
import { tileRows } from '../../model/cost.ts';
import { inputWidths, type ModelDescription } from '../../model/description.ts';
import { outputsOf } from '../../model/layers/index.ts';
import { parameterCount } from '../../model/parameters.ts';
import { stateSegments } from '../../model/state.ts';
import { numbersOfPool } from '../../platform/number-pool.ts';
import { addressOf, instanceFor, type SimdExports } from './module.ts';

/** Steps of a sequence at most. */
export const batchSteps = 64;

/** Memory that one takes at most, in bytes. */
export function batchBytes(model: ModelDescription): number {
  const { input, layers, head } = model;
  const inputs = inputWidths(model);
  const units = layers.map(outputsOf);
  // x, h and 1, four gates, c and tanh c of each layer; h, 1 and the classes at the top.
  const ofLayers = units.reduce((numbers, H, l) => numbers + inputs[l] + 7 * H + 1, 0);
  const numbersOfStep = input.features + ofLayers + units[units.length - 1] + head.classes + 8;
  // The parameters, their gradient, and them once more the other way round; a page for all that is rounded up.
  return 4 * ((batchSteps + 2) * tileRows * numbersOfStep + 4 * parameterCount(model)) + 2 * 2 ** 16;
}

export class SimdBatchPredictor {
  readonly #model: ModelDescription;
  readonly #instance: SimdExports;
  /** [T,B,I] */
  readonly #inputs: Float32Array;
  /** Each vector of the carried state of a tile, [H][8], with its place in the flat state of a row. */
  readonly #carried: { offset: number; tile: Float32Array }[];
  /** What is carried. */
  #state: Float32Array | undefined;

  /** @param parametersOf the so many parameters as a predictor has them packed. They are copied. */
  constructor(model: ModelDescription, parametersOf: (numbers: number) => Float32Array) {
    const instance = instanceFor(model, 'own', (planned) =>
      planned.planTrainer(model.head.classes, tileRows, batchSteps, 0, 1),
    );
    const { buffer } = instance.memory;
    const numbers = addressOf(instance.parameterNumbers);
    new Float32Array(buffer, addressOf(instance.parameters), numbers).set(parametersOf(numbers));
    this.#model = model;
    this.#instance = instance;
    this.#inputs = new Float32Array(buffer, addressOf(instance.inputs), batchSteps * tileRows * model.input.features);
    this.#carried = stateSegments(model, 1).map(({ layer, vector, offset, width }) => ({
      offset,
      tile: new Float32Array(buffer, addressOf(instance.carriedState(layer, vector)), width * tileRows),
    }));
  }

  /**
   * @param sequences at most `tileRows`, [T,I] each with T ≤ `batchSteps`.
   * @param initialState one row's state vectors (`stateSegments`) that all of them start from; undefined: zero.
   * @returns [T,C] of each.
   */
  predict(sequences: readonly Float32Array[], initialState?: Float32Array): Float32Array[] {
    const { features: I } = this.#model.input;
    const { classes: C } = this.#model.head;
    const B = sequences.length;
    const longest = Math.max(...sequences.map(({ length }) => length)) / I;
    if (B > tileRows || longest > batchSteps) {
      throw new RangeError(
        `${B} sequences of up to ${longest} steps do not fit into a batch of ${tileRows}x${batchSteps}.`,
      );
    }
    for (const [row, sequence] of sequences.entries()) this.#write(row, B, longest, sequence);
    if (initialState) this.#carry(initialState);
    const address = addressOf(this.#instance.computeProbabilities(B, longest, initialState !== undefined));
    const stride = this.#instance.probabilitiesStride() / 4;
    const packed = new Float32Array(this.#instance.memory.buffer, address, longest * stride);
    // One piece for all of them.
    const all = numbersOfPool(sequences.reduce((sum, { length }) => sum + (length / I) * C, 0));
    let end = 0;
    return sequences.map(({ length }, row) => {
      const start = end;
      end += (length / I) * C;
      return rowOfTiles(packed, stride, row, all.subarray(start, end), C);
    });
  }

  /** What lies behind the end of a sequence changes nothing before it. */
  #write(row: number, B: number, steps: number, sequence: Float32Array): void {
    const I = this.#model.input.features;
    const inputs = this.#inputs;
    for (let t = 0; t < steps; t++) {
      const at = (t * B + row) * I;
      for (let i = 0; i < I; i++) inputs[at + i] = t * I + i < sequence.length ? sequence[t * I + i] : 0;
    }
  }

  /** Size of the instance's memory: fixed from the start. */
  get memoryBytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  #carry(state: Float32Array): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const { offset, tile } of this.#carried) {
      for (let n = 0; n < tile.length; n++) tile[n] = state[offset + Math.floor(n / tileRows)];
    }
  }
}

/** One row's probabilities [T,C], out of [T][..C..][8]. */
function rowOfTiles(packed: Float32Array, stride: number, row: number, out: Float32Array, C: number): Float32Array {
  for (let to = 0, from = row; to < out.length; to += C, from += stride) {
    for (let c = 0; c < C; c++) out[to + c] = packed[from + c * tileRows];
  }
  return out;
}
