/**
 * The whole model in raw ops: LSTM layers, softmax, masked cross-entropy, and the gradient of all parameters as one flat vector.
 *
 * B rows, T steps, N = T·B, C classes; layer l has I_l inputs and H_l units.
 */
import { type ModelShape, parameterSegments } from '../model.ts';
import type { Constants } from './constants.ts';
import type { LstmPass, LstmSize } from './fused-lstm.ts';
import { lstm } from './lstm.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

/** The state of a layer between two steps, [B,H] each. */
export interface LayerState {
  h: TensorId;
  c: TensorId;
}

export interface BatchTensors {
  B: number;
  T: number;
  /** [T,B,I] */
  inputs: TensorId;
}

export interface Targets {
  /** [N], int32, all of them classes */
  labels: TensorId;
  /** [N,1] share of each step in the loss: mask / Σ mask */
  shares: TensorId;
}

/** A forward pass, up to the logits. */
export interface NetworkPass {
  /** [N,C] */
  logits: TensorId;
  layers: LstmPass[];
  /** The parameters as matrices: for each LSTM layer w [I+H,4H] and b [4H], then the softmax layer's [H,C] and [C]. */
  parameters: { w: TensorId; b: TensorId }[];
  /** The last layer's outputs as a matrix [N,H]. */
  features: TensorId;
}

export class Network {
  readonly shape: ModelShape;
  readonly #ops: Ops;
  readonly #constants: Constants;
  /** Lengths of what the flat vector is cut into: of each layer's w and b. A layer's kernel and recurrent kernel are adjacent, and one matrix. */
  readonly #cuts: number[];

  constructor(ops: Ops, constants: Constants, shape: ModelShape) {
    this.shape = shape;
    this.#ops = ops;
    this.#constants = constants;
    this.#cuts = [];
    for (const { name, length } of parameterSegments(shape)) {
      if (name === 'recurrent') this.#cuts[this.#cuts.length - 1] += length;
      else this.#cuts.push(length);
    }
  }

  /** `weights` is the flat vector [P]. Without `initial` every layer starts from zero state. */
  forward(weights: TensorId, batch: BatchTensors, initial?: LayerState[]): NetworkPass {
    const ops = this.#ops;
    const { B, T } = batch;
    const parameters = this.#matrices(weights);
    const layers: LstmPass[] = [];
    let x = batch.inputs;
    for (const [layer, H] of this.shape.units.entries()) {
      const zeros = () => this.#constants.zeros(B, H);
      const state = initial?.[layer] ?? { h: zeros(), c: zeros() };
      const pass = lstm(ops, this.#constants, { x, initial: state, ...parameters[layer] }, this.#size(layer, batch));
      layers.push(pass);
      x = pass.h;
    }
    const features = ops.reshape(x, this.#constants.vector(T * B, this.shape.units.at(-1)!));
    const { w, b } = parameters.at(-1)!;
    return { logits: ops.biasAdd(ops.matMul(features, w), b), layers, parameters, features };
  }

  /** The loss of each step [N] before its share is counted, the loss as a whole (a scalar: Σ share·loss), and its gradient as a flat vector [P]. */
  backward(
    { logits, layers, parameters, features }: NetworkPass,
    { labels, shares }: Targets,
    { B, T }: BatchTensors,
  ): { losses: TensorId; loss: TensorId; gradient: TensorId } {
    const ops = this.#ops;
    const [losses, dLosses] = ops.softmaxCrossEntropy(logits, labels);
    const dLogits = ops.multiply(dLosses, shares);
    const dMatrices = [ops.matMulTransposedA(features, dLogits), ops.biasAddGradient(dLogits)];
    const dFeatures = ops.matMulTransposedB(dLogits, parameters.at(-1)!.w);
    let dh = ops.reshape(dFeatures, this.#constants.vector(T, B, this.shape.units.at(-1)!));
    for (const pass of layers.toReversed()) {
      const { x, w, b } = pass.backward(dh);
      dMatrices.unshift(w, b);
      dh = x;
    }
    const loss = ops.matMul(ops.reshape(losses, this.#constants.vector(1, T * B)), shares);
    return { losses, loss: ops.reshape(loss, this.#constants.vector()), gradient: this.#flat(dMatrices) };
  }

  #matrices(weights: TensorId): { w: TensorId; b: TensorId }[] {
    const cuts = this.#ops.split(
      weights,
      this.#constants.vector(...this.#cuts),
      this.#constants.axis(0),
      this.#cuts.length,
    );
    const columns = [...this.shape.units.map((H) => 4 * H), this.shape.classes];
    return columns.map((count, layer) => ({
      w: this.#ops.reshape(cuts[2 * layer], this.#constants.vector(-1, count)),
      b: cuts[2 * layer + 1],
    }));
  }

  #flat(matrices: TensorId[]): TensorId {
    const vectors = matrices.map((matrix, i) =>
      // Every other one is a bias, which is a vector already.
      i % 2 === 0 ? this.#ops.reshape(matrix, this.#constants.vector(-1)) : matrix,
    );
    return this.#ops.concat(vectors, this.#constants.axis(0));
  }

  #size(layer: number, { B, T }: BatchTensors): LstmSize {
    const { units, features } = this.shape;
    return { B, T, I: layer === 0 ? features : units[layer - 1], H: units[layer] };
  }
}
