/**
 * The state that goes from batch to batch, for each layer its vectors [B,width] with the config's B; it stays in TensorFlow's memory.
 */
import type { Batch } from '../../model/batch.ts';
import type { ModelDescription } from '../../model/description.ts';
import { type StateSegment, stateSegments } from '../../model/state.ts';
import type { Constants } from './constants.ts';
import type { LayerPass, LayerState } from './layers/layer.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

export class CarriedState {
  readonly #ops: Ops;
  readonly #constants: Constants;
  /** The vectors of the state, in the order of the flat vector, with the config's B. */
  readonly #segments: readonly StateSegment[];
  /** The config's B. */
  readonly #rows: number;
  #layers: LayerState[];

  constructor(ops: Ops, constants: Constants, model: ModelDescription, rows: number, values: Float32Array) {
    this.#ops = ops;
    this.#constants = constants;
    this.#segments = stateSegments(model, rows);
    this.#rows = rows;
    this.#layers = ops.scope((keep) => {
      const states = layerStates(ops, model, rows, values);
      return this.#mapVectors(({ layer, name }) => keep(states[layer][name]));
    });
  }

  /** The state of the batch's rows, zero where a row starts a new sequence; for the scope at hand. */
  before({ batchSize: B, starts }: Batch): LayerState[] {
    const ops = this.#ops;
    const kept =
      starts &&
      ops.floats(
        [B, 1],
        Float32Array.from({ length: B }, (_, b) => (starts[b] ? 0 : 1)),
      );
    return this.#mapVectors(({ layer, name, width }) => {
      const state = this.#layers[layer][name];
      const rows = B === this.#rows ? state : this.#slice(state, 0, B, width);
      return kept === undefined ? rows : ops.multiply(rows, kept);
    });
  }

  /**
   * Takes over the state after the batch's last step; rows that the batch does not have keep theirs. Called in the
   * scope that ran the passes.
   */
  advance(passes: readonly LayerPass[], { batchSize: B }: Batch, keep: (id: TensorId) => TensorId): void {
    const last = passes.map((pass) => pass.last());
    const after = this.#mapVectors(({ layer, name, width }) => {
      const rows = last[layer][name];
      if (B === this.#rows) return keep(rows);
      const others = this.#slice(this.#layers[layer][name], B, this.#rows - B, width);
      return keep(this.#ops.concat([rows, others], this.#constants.axis(0)));
    });
    this.dispose();
    this.#layers = after;
  }

  /** The values, as one flat vector. */
  values(): Float32Array {
    const parts = this.#segments.map(({ layer, name }) => this.#ops.read(this.#layers[layer][name]));
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    for (const [i, { offset }] of this.#segments.entries()) values.set(parts[i], offset);
    return values;
  }

  dispose(): void {
    this.#ops.delete(...this.#layers.flatMap((vectors) => Object.values(vectors)));
  }

  #mapVectors(tensorOf: (segment: StateSegment) => TensorId): LayerState[] {
    return statesOf(this.#segments, tensorOf);
  }

  #slice(state: TensorId, from: number, count: number, width: number): TensorId {
    return this.#ops.slice(state, this.#constants.vector(from, 0), this.#constants.vector(count, width));
  }
}

/** Tensors of a state's values; for the scope at hand. */
export function layerStates(ops: Ops, model: ModelDescription, B: number, values: Float32Array): LayerState[] {
  return statesOf(stateSegments(model, B), ({ offset, length, width }) =>
    ops.floats([B, width], values.slice(offset, offset + length)),
  );
}

/** Layer by layer, a tensor for each vector of the state. */
export function statesOf(
  segments: readonly StateSegment[],
  tensorOf: (segment: StateSegment) => TensorId,
): LayerState[] {
  const states: LayerState[] = [];
  for (const segment of segments) {
    states[segment.layer] ??= {};
    states[segment.layer][segment.name] = tensorOf(segment);
  }
  return states;
}
