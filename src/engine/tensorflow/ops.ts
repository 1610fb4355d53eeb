/**
 * TensorFlow's raw ops, typed: each runs at once on tensors named by id, at a quarter of what a call through tfjs
 * costs. Every op's shapes are those of TensorFlow's op of that name.
 */
import { type Attribute, type Binding, type TensorId, Tensors } from './tensors.ts';

/**
 * The matrices of BlockLSTMV2, each [T,B,H]: activated gates i, f, o and ci (the new content, tanh(g)), cs the cell, co
 * its tanh, h the output.
 */
interface BlockLstm {
  i: TensorId;
  cs: TensorId;
  f: TensorId;
  o: TensorId;
  ci: TensorId;
  co: TensorId;
  h: TensorId;
}

interface BlockLstmInputs {
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

/** A layer's forward pass by the project's own op (`kernels/lstm.h`), for N = T·B rows. */
interface OwnLstm {
  /** [N,I+H] what each step's gates are computed from: x beside the h of the step before */
  joined: TensorId;
  /** [N,4H] activated gates */
  gates: TensorId;
  /** [N,H] */
  cells: TensorId;
  /** [N,H] */
  outputs: TensorId;
}

export class Ops extends Tensors {
  /** Threads of the project's own ops. */
  readonly #threads: number;

  constructor(binding: Binding, threads: number) {
    super(binding);
    this.#threads = threads;
  }

  add(a: TensorId, b: TensorId): TensorId {
    return this.one('AddV2', [a, b]);
  }

  multiply(a: TensorId, b: TensorId): TensorId {
    return this.one('Mul', [a, b]);
  }

  divide(a: TensorId, b: TensorId): TensorId {
    return this.one('RealDiv', [a, b]);
  }

  maximum(a: TensorId, b: TensorId): TensorId {
    return this.one('Maximum', [a, b]);
  }

  square(a: TensorId): TensorId {
    return this.one('Square', [a]);
  }

  sqrt(a: TensorId): TensorId {
    return this.one('Sqrt', [a]);
  }

  softmax(logits: TensorId): TensorId {
    return this.one('Softmax', [logits]);
  }

  /** Σ a² / 2 */
  halfSquaredNorm(a: TensorId): TensorId {
    return this.one('L2Loss', [a]);
  }

  matMul(a: TensorId, b: TensorId): TensorId {
    return this.one('MatMul', [a, b]);
  }

  /** aᵀ·b */
  matMulTransposedA(a: TensorId, b: TensorId): TensorId {
    return this.one('MatMul', [a, b], this.flag('transpose_a', true));
  }

  /** a·bᵀ */
  matMulTransposedB(a: TensorId, b: TensorId): TensorId {
    return this.one('MatMul', [a, b], this.flag('transpose_b', true));
  }

  biasAdd(values: TensorId, bias: TensorId): TensorId {
    return this.one('BiasAdd', [values, bias]);
  }

  /** Sums over all axes but the last. */
  biasAddGradient(gradient: TensorId): TensorId {
    return this.one('BiasAddGrad', [gradient]);
  }

  /** `shape` is an int32 vector. Shares the values' memory. */
  reshape(values: TensorId, shape: TensorId): TensorId {
    return this.one('Reshape', [values, shape]);
  }

  /** `begin` and `size` are int32 vectors. */
  slice(values: TensorId, begin: TensorId, size: TensorId): TensorId {
    return this.one('Slice', [values, begin, size]);
  }

  /** Along `axis`, an int32 scalar; `sizes` is an int32 vector. */
  split(values: TensorId, sizes: TensorId, axis: TensorId, count: number): TensorId[] {
    return this.run('SplitV', [values, sizes, axis], count, this.integer('num_split', count));
  }

  concat(values: TensorId[], axis: TensorId): TensorId {
    return this.one('ConcatV2', [...values, axis], this.floatType('T'), this.integer('N', values.length));
  }

  /** Losses [N] of logits [N,C] and labels [N], and the gradient of each with respect to its logits [N,C]. */
  softmaxCrossEntropy(logits: TensorId, labels: TensorId): [losses: TensorId, gradient: TensorId] {
    const [losses, gradient] = this.run('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], 2);
    return [losses, gradient];
  }

  blockLstm({ steps, x, csPrev, hPrev, w, peephole, b }: BlockLstmInputs): BlockLstm {
    const inputs = [steps, x, csPrev, hPrev, w, peephole, peephole, peephole, b];
    const [i, cs, f, o, ci, co, h] = this.run('BlockLSTMV2', inputs, 7);
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
    const outputs = this.run(
      'BlockLSTMGradV2',
      [...inputs, i, cs, f, o, ci, co, h, csGradient, hGradient],
      8,
      this.flag('use_peephole', false),
    );
    return { x: outputs[0], w: outputs[3], b: outputs[7] };
  }

  /** `x` [N,I], `h` and `c` [B,H], `w` and `b` flat. */
  ownLstm({ x, h, c, w, b }: { x: TensorId; h: TensorId; c: TensorId; w: TensorId; b: TensorId }): OwnLstm {
    const [joined, gates, cells, outputs] = this.run('LookbackLstm', [x, h, c, w, b], 4, this.#threadCount());
    return { joined, gates, cells, outputs };
  }

  /**
   * From the loss' gradient with respect to the outputs, `dh` [N,H], those of w and b, flat, and of x [N,I], which is
   * empty if not asked for.
   */
  ownLstmGradient(
    { joined, gates, cells, c, w, dh }: Omit<OwnLstm, 'outputs'> & { c: TensorId; w: TensorId; dh: TensorId },
    ofInput: boolean,
  ): { w: TensorId; b: TensorId; x: TensorId } {
    const attributes = [this.#threadCount(), this.flag('input_gradient', ofInput)];
    const [dw, db, dx] = this.run('LookbackLstmGradient', [joined, gates, cells, c, w, dh], 3, ...attributes);
    return { w: dw, b: db, x: dx };
  }

  /** A variable of that name, which must be new to the process; `assign` gives it its first value. */
  variable(name: string, shape: number[]): TensorId {
    return this.one('VarHandleOp', [], this.floatType(), this.shape('shape', shape), this.text('shared_name', name));
  }

  assign(variable: TensorId, value: TensorId): void {
    this.run('AssignVariableOp', [variable, value], 0, this.floatType());
  }

  assignAdd(variable: TensorId, value: TensorId): void {
    this.run('AssignAddVariableOp', [variable, value], 0, this.floatType());
  }

  readVariable(variable: TensorId): TensorId {
    return this.one('ReadVariableOp', [variable], this.floatType());
  }

  destroyVariable(variable: TensorId): void {
    this.run('DestroyResourceOp', [variable], 0);
    this.delete(variable);
  }

  /** One of TensorFlow's fused updates (ResourceApply…), in place. */
  apply(update: string, inputs: TensorId[], nesterov = false): void {
    if (nesterov) this.run(update, inputs, 0, this.flag('use_nesterov', true));
    else this.run(update, inputs, 0);
  }

  #threadCount(): Attribute {
    return this.integer('threads', this.#threads);
  }
}
