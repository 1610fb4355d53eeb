/**
 * The small tensors that depend on a batch's size alone: shapes, indices, zeros. They are made once and serve every
 * step until the size changes.
 */
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

export class Constants {
  readonly #ops: Ops;
  readonly #made = new Map<string, TensorId>();
  #size = '';

  constructor(ops: Ops) {
    this.#ops = ops;
  }

  /** To be called before each batch. Forgets the constants of another size, so that data of many lengths do not pile up. */
  useSize(batchSize: number, sequenceLength: number): void {
    const size = `${batchSize},${sequenceLength}`;
    if (size !== this.#size) this.dispose();
    this.#size = size;
  }

  /** An int32 vector. */
  vector(...values: number[]): TensorId {
    return this.#remember(`vector ${values}`, () => this.#ops.integers([values.length], Int32Array.from(values)));
  }

  /** An int32 scalar, as ops take an axis. */
  axis(value: number): TensorId {
    return this.#remember(`axis ${value}`, () => this.#ops.integers([], Int32Array.of(value)));
  }

  int64(value: number): TensorId {
    return this.#remember(`int64 ${value}`, () => this.#ops.int64(value));
  }

  zeros(...shape: number[]): TensorId {
    return this.#remember(`zeros ${shape}`, () => this.#ops.zeros(...shape));
  }

  dispose(): void {
    this.#ops.delete(...this.#made.values());
    this.#made.clear();
  }

  #remember(key: string, make: () => TensorId): TensorId {
    let id = this.#made.get(key);
    if (id === undefined) {
      id = this.#ops.own(make);
      this.#made.set(key, id);
    }
    return id;
  }
}
