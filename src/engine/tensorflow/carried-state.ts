/**
 * The state that goes from batch to batch, for each layer h and c [B,H] with the config's B; it stays in TensorFlow's memory.
 */
import type { Batch } from '../../model/batch.ts';
import type { ModelShape } from '../../model/description.ts';
import type { Constants } from './constants.ts';
import type { LstmPass } from './lstm.ts';
import type { LayerState } from './network.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

export class CarriedState {
  readonly #ops: Ops;
  readonly #constants: Constants;
  readonly #units: readonly number[];
  /** The config's B. */
  readonly #rows: number;
  #layers: LayerState[];

  constructor(ops: Ops, constants: Constants, shape: ModelShape, rows: number, values: Float32Array) {
    this.#ops = ops;
    this.#constants = constants;
    this.#units = shape.units;
    this.#rows = rows;
    this.#layers = ops.scope((keep) =>
      layerStates(ops, shape, rows, values).map(({ h, c }) => ({ h: keep(h), c: keep(c) })),
    );
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
    const rowsOf = (state: TensorId, H: number) => {
      const rows = B === this.#rows ? state : this.#slice(state, 0, B, H);
      return kept === undefined ? rows : ops.multiply(rows, kept);
    };
    return this.#layers.map(({ h, c }, layer) => ({
      h: rowsOf(h, this.#units[layer]),
      c: rowsOf(c, this.#units[layer]),
    }));
  }

  /** Takes over the state after the batch's last step; rows that the batch does not have keep theirs. Called in the scope that ran the passes. */
  advance(passes: readonly LstmPass[], { batchSize: B }: Batch, keep: (id: TensorId) => TensorId): void {
    const ops = this.#ops;
    const wholeOf = (rows: TensorId, before: TensorId, H: number) => {
      if (B === this.#rows) return rows;
      return ops.concat([rows, this.#slice(before, B, this.#rows - B, H)], this.#constants.axis(0));
    };
    const after = this.#layers.map((before, layer) => {
      const last = passes[layer].last();
      const H = this.#units[layer];
      return { h: keep(wholeOf(last.h, before.h, H)), c: keep(wholeOf(last.c, before.c, H)) };
    });
    this.dispose();
    this.#layers = after;
  }

  /** The values, for each layer h [B,H], then c [B,H]. */
  values(): Float32Array {
    const parts = this.#layers.flatMap(({ h, c }) => [this.#ops.read(h), this.#ops.read(c)]);
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      values.set(part, offset);
      offset += part.length;
    }
    return values;
  }

  dispose(): void {
    this.#ops.delete(...this.#layers.flatMap(({ h, c }) => [h, c]));
  }

  #slice(state: TensorId, from: number, count: number, H: number): TensorId {
    return this.#ops.slice(state, this.#constants.vector(from, 0), this.#constants.vector(count, H));
  }
}

/** Tensors of a state's values, for each layer h [B,H], then c [B,H]; for the scope at hand. */
export function layerStates(ops: Ops, { units }: ModelShape, B: number, values: Float32Array): LayerState[] {
  let offset = 0;
  const next = (H: number) => {
    const from = offset;
    offset += B * H;
    return ops.floats([B, H], values.slice(from, offset));
  };
  return units.map((H) => ({ h: next(H), c: next(H) }));
}
