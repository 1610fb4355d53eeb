/**
 * Raw tensors of TensorFlow, named by id, and what runs ops on them: the ground that `ops.ts` stands on.
 *
 * Nothing collects these tensors. `scope` deletes what was made in it, so that memory stays flat without a garbage collector's help.
 */
import { sizeOf } from '../../model/arrays.ts';

export type TensorId = number;

export interface Attribute {
  name: string;
  type: number;
  value: boolean | number | string | number[];
}

/** The native binding of tfjs-node, as far as it is used. */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): TensorId;
  deleteTensor(id: TensorId): void;
  tensorDataSync(id: TensorId): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: Attribute[], inputs: TensorId[], outputs: number): { id: TensorId }[];
  getNumOfTensors(): number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
}

export class Tensors {
  readonly #binding: Binding;
  /** What the present scope has made so far. */
  #made: TensorId[] = [];

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Runs `body`, then deletes every tensor made in it but those handed to `keep`, which belong to the caller from then on. */
  scope<Result>(body: (keep: (id: TensorId) => TensorId) => Result): Result {
    const outer = this.#made;
    const kept = new Set<TensorId>();
    this.#made = [];
    try {
      return body((id) => {
        kept.add(id);
        return id;
      });
    } finally {
      for (const id of this.#made) if (!kept.has(id)) this.#binding.deleteTensor(id);
      this.#made = outer;
    }
  }

  /** What `make` makes, for the caller to keep and delete. */
  own(make: () => TensorId): TensorId {
    return this.scope((keep) => keep(make()));
  }

  delete(...ids: TensorId[]): void {
    for (const id of ids) this.#binding.deleteTensor(id);
  }

  /** A tensor over the array's own memory: the array must not change while the tensor lives. */
  floats(shape: readonly number[], values: Float32Array): TensorId {
    return this.#track(this.#binding.createTensor(shape, this.#binding.TF_FLOAT, values));
  }

  integers(shape: readonly number[], values: Int32Array): TensorId {
    return this.#track(this.#binding.createTensor(shape, this.#binding.TF_INT32, values));
  }

  scalar(value: number): TensorId {
    return this.floats([], Float32Array.of(value));
  }

  zeros(...shape: number[]): TensorId {
    return this.floats(shape, new Float32Array(sizeOf(shape)));
  }

  /** A scalar of 64 bits, which the binding takes as two words of 32. */
  int64(value: number): TensorId {
    return this.#track(this.#binding.createTensor([], this.#binding.TF_INT64, Int32Array.of(value, 0)));
  }

  /** The values, copied. Waits for nothing: ops run synchronously. */
  read(id: TensorId): Float32Array {
    return this.#binding.tensorDataSync(id) as Float32Array;
  }

  protected one(name: string, inputs: TensorId[], ...attributes: Attribute[]): TensorId {
    const [output] = this.#binding.executeOp(name, attributes, inputs, 1);
    return this.#track(output.id);
  }

  protected run(name: string, inputs: TensorId[], outputs: number, ...attributes: Attribute[]): TensorId[] {
    return this.#binding.executeOp(name, attributes, inputs, outputs).map(({ id }) => this.#track(id));
  }

  #track(id: TensorId): TensorId {
    this.#made.push(id);
    return id;
  }

  protected flag(name: string, value: boolean): Attribute {
    return { name, type: this.#binding.TF_ATTR_BOOL, value };
  }

  protected integer(name: string, value: number): Attribute {
    return { name, type: this.#binding.TF_ATTR_INT, value };
  }

  /** For ops whose type TensorFlow does not infer from their inputs. */
  protected floatType(name = 'dtype'): Attribute {
    return { name, type: this.#binding.TF_ATTR_TYPE, value: this.#binding.TF_FLOAT };
  }

  protected shape(name: string, value: number[]): Attribute {
    return { name, type: this.#binding.TF_ATTR_SHAPE, value };
  }

  protected text(name: string, value: string): Attribute {
    return { name, type: this.#binding.TF_ATTR_STRING, value };
  }
}
