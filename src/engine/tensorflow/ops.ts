/**
 * TensorFlow's raw ops, typed: each runs at once on tensors named by id, at a quarter of what a call through tfjs costs. Every op's shapes are those of TensorFlow's op of that name.
 *
 * Nothing collects these tensors. `scope` deletes what was made in it, so that memory stays flat without a garbage collector's help.
 */

export type TensorId = number;

interface Attribute {
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

/** The matrices of BlockLSTMV2, each [T,B,H]: activated gates i, f, o and ci (the new content, tanh(g)), cs the cell, co its tanh, h the output. */
export interface BlockLstm {
  i: TensorId;
  cs: TensorId;
  f: TensorId;
  o: TensorId;
  ci: TensorId;
  co: TensorId;
  h: TensorId;
}

export interface BlockLstmInputs {
  /** int64 scalar: T */
  steps: TensorId;
  /** [T,B,I] */
  x: TensorId;
  /** [B,H] */
  csPrev: TensorId;
  /** [B,H] */
  hPrev: TensorId;
  /** [I+H,4H], gates in the order i, f, g, o */
  w: TensorId;
  /** [H] stands for the three peephole weights, which are not used */
  peephole: TensorId;
  /** [4H] */
  b: TensorId;
}

export class Ops {
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

  /** How many tensors the process holds, raw ones and those of tfjs. */
  count(): number {
    return this.#binding.getNumOfTensors();
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
    return this.floats(shape, new Float32Array(shape.reduce((product, dim) => product * dim, 1)));
  }

  /** A scalar of 64 bits, which the binding takes as two words of 32. */
  int64(value: number): TensorId {
    return this.#track(this.#binding.createTensor([], this.#binding.TF_INT64, Int32Array.of(value, 0)));
  }

  /** The values, copied. Waits for nothing: ops run synchronously. */
  read(id: TensorId): Float32Array {
    return this.#binding.tensorDataSync(id) as Float32Array;
  }

  add(a: TensorId, b: TensorId): TensorId {
    return this.#one('AddV2', [a, b]);
  }

  multiply(a: TensorId, b: TensorId): TensorId {
    return this.#one('Mul', [a, b]);
  }

  divide(a: TensorId, b: TensorId): TensorId {
    return this.#one('RealDiv', [a, b]);
  }

  maximum(a: TensorId, b: TensorId): TensorId {
    return this.#one('Maximum', [a, b]);
  }

  square(a: TensorId): TensorId {
    return this.#one('Square', [a]);
  }

  sqrt(a: TensorId): TensorId {
    return this.#one('Sqrt', [a]);
  }

  sigmoid(a: TensorId): TensorId {
    return this.#one('Sigmoid', [a]);
  }

  tanh(a: TensorId): TensorId {
    return this.#one('Tanh', [a]);
  }

  softmax(logits: TensorId): TensorId {
    return this.#one('Softmax', [logits]);
  }

  /** Σ a² / 2 */
  halfSquaredNorm(a: TensorId): TensorId {
    return this.#one('L2Loss', [a]);
  }

  matMul(a: TensorId, b: TensorId): TensorId {
    return this.#one('MatMul', [a, b]);
  }

  /** aᵀ·b */
  matMulTransposedA(a: TensorId, b: TensorId): TensorId {
    return this.#one('MatMul', [a, b], this.#flag('transpose_a', true));
  }

  /** a·bᵀ */
  matMulTransposedB(a: TensorId, b: TensorId): TensorId {
    return this.#one('MatMul', [a, b], this.#flag('transpose_b', true));
  }

  biasAdd(values: TensorId, bias: TensorId): TensorId {
    return this.#one('BiasAdd', [values, bias]);
  }

  /** Sums over all axes but the last. */
  biasAddGradient(gradient: TensorId): TensorId {
    return this.#one('BiasAddGrad', [gradient]);
  }

  /** `shape` is an int32 vector. Shares the values' memory. */
  reshape(values: TensorId, shape: TensorId): TensorId {
    return this.#one('Reshape', [values, shape]);
  }

  /** `order` is an int32 vector. */
  transpose(values: TensorId, order: TensorId): TensorId {
    return this.#one('Transpose', [values, order]);
  }

  /** `begin` and `size` are int32 vectors. */
  slice(values: TensorId, begin: TensorId, size: TensorId): TensorId {
    return this.#one('Slice', [values, begin, size]);
  }

  /** Element `index` (an int32 vector of one element) along the first axis, which is dropped. `next` is index + 1. */
  at(values: TensorId, index: TensorId, next: TensorId, stride: TensorId): TensorId {
    return this.#one('StridedSlice', [values, index, next, stride], this.#integer('shrink_axis_mask', 1));
  }

  /** Along `axis`, an int32 scalar; `sizes` is an int32 vector. */
  split(values: TensorId, sizes: TensorId, axis: TensorId, count: number): TensorId[] {
    return this.#run('SplitV', [values, sizes, axis], count, this.#integer('num_split', count));
  }

  /** Splits the first axis into its elements, and drops it. */
  unstack(values: TensorId, count: number): TensorId[] {
    return this.#run('Unpack', [values], count, this.#integer('num', count));
  }

  /** Puts tensors of one shape along a new first axis. */
  stack(values: TensorId[]): TensorId {
    return this.#one('Pack', values, this.#floatType('T'), this.#integer('N', values.length));
  }

  concat(values: TensorId[], axis: TensorId): TensorId {
    return this.#one('ConcatV2', [...values, axis], this.#floatType('T'), this.#integer('N', values.length));
  }

  /** Losses [N] of logits [N,C] and labels [N], and the gradient of each with respect to its logits [N,C]. */
  softmaxCrossEntropy(logits: TensorId, labels: TensorId): [losses: TensorId, gradient: TensorId] {
    const [losses, gradient] = this.#run('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], 2);
    return [losses, gradient];
  }

  blockLstm({ steps, x, csPrev, hPrev, w, peephole, b }: BlockLstmInputs): BlockLstm {
    const inputs = [steps, x, csPrev, hPrev, w, peephole, peephole, peephole, b];
    const [i, cs, f, o, ci, co, h] = this.#run('BlockLSTMV2', inputs, 7);
    return { i, cs, f, o, ci, co, h };
  }

  /** `csGradient` and `hGradient` are [T,B,H]. Gives the gradients of x, w and b. */
  blockLstmGradient(
    { steps, x, csPrev, hPrev, w, peephole, b }: BlockLstmInputs,
    { i, cs, f, o, ci, co, h }: BlockLstm,
    csGradient: TensorId,
    hGradient: TensorId,
  ): { x: TensorId; w: TensorId; b: TensorId } {
    const inputs = [steps, x, csPrev, hPrev, w, peephole, peephole, peephole, b];
    const outputs = this.#run(
      'BlockLSTMGradV2',
      [...inputs, i, cs, f, o, ci, co, h, csGradient, hGradient],
      8,
      this.#flag('use_peephole', false),
    );
    return { x: outputs[0], w: outputs[3], b: outputs[7] };
  }

  /** A variable of that name, which must be new to the process; `assign` gives it its first value. */
  variable(name: string, shape: number[]): TensorId {
    const { TF_ATTR_STRING, TF_ATTR_SHAPE } = this.#binding;
    const sharedName = { name: 'shared_name', type: TF_ATTR_STRING, value: name };
    return this.#one(
      'VarHandleOp',
      [],
      this.#floatType(),
      { name: 'shape', type: TF_ATTR_SHAPE, value: shape },
      sharedName,
    );
  }

  assign(variable: TensorId, value: TensorId): void {
    this.#run('AssignVariableOp', [variable, value], 0, this.#floatType());
  }

  assignAdd(variable: TensorId, value: TensorId): void {
    this.#run('AssignAddVariableOp', [variable, value], 0, this.#floatType());
  }

  readVariable(variable: TensorId): TensorId {
    return this.#one('ReadVariableOp', [variable], this.#floatType());
  }

  destroyVariable(variable: TensorId): void {
    this.#run('DestroyResourceOp', [variable], 0);
    this.#binding.deleteTensor(variable);
  }

  /** One of TensorFlow's fused updates (ResourceApply…), in place. */
  apply(update: string, inputs: TensorId[], nesterov = false): void {
    if (nesterov) this.#run(update, inputs, 0, this.#flag('use_nesterov', true));
    else this.#run(update, inputs, 0);
  }

  #one(name: string, inputs: TensorId[], ...attributes: Attribute[]): TensorId {
    const [output] = this.#binding.executeOp(name, attributes, inputs, 1);
    return this.#track(output.id);
  }

  #run(name: string, inputs: TensorId[], outputs: number, ...attributes: Attribute[]): TensorId[] {
    return this.#binding.executeOp(name, attributes, inputs, outputs).map(({ id }) => this.#track(id));
  }

  #track(id: TensorId): TensorId {
    this.#made.push(id);
    return id;
  }

  #flag(name: string, value: boolean): Attribute {
    return { name, type: this.#binding.TF_ATTR_BOOL, value };
  }

  #integer(name: string, value: number): Attribute {
    return { name, type: this.#binding.TF_ATTR_INT, value };
  }

  /** For ops whose type TensorFlow does not infer from their inputs. */
  #floatType(name = 'dtype'): Attribute {
    return { name, type: this.#binding.TF_ATTR_TYPE, value: this.#binding.TF_FLOAT };
  }
}
