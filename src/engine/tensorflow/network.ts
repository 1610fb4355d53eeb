/**
 * The whole model in raw ops: LSTM layers, softmax, masked cross-entropy, and the gradient of all parameters as one flat vector.
 *
 * B rows, T steps, N = T·B, C classes; layer l has I_l inputs and H_l units.
 */
import type { ModelShape } from '../../model/description.ts';
import { parameterSegments } from '../../model/parameters.ts';
import type { Constants } from './constants.ts';
import type { Lstm, LstmPass, LstmSize } from './lstm.ts';
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
  /** [N,I] */
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
  /** For each LSTM layer w [I+H,4H] and b [4H] as flat vectors, then the softmax layer's [H,C] and [C]. */
  parameters: { w: TensorId; b: TensorId }[];
  /** The last layer's outputs as a matrix [N,H]. */
  features: TensorId;
}

export class Network {
  readonly shape: ModelShape;
  readonly #ops: Ops;
  readonly #constants: Constants;
  readonly #lstm: Lstm;
  /** Lengths of what the flat vector is cut into: of each layer's w and b. A layer's kernel and recurrent kernel are adjacent, and one matrix. */
  readonly #cuts: number[];

  constructor(ops: Ops, constants: Constants, lstm: Lstm, shape: ModelShape) {
    this.shape = shape;
    this.#ops = ops;
    this.#constants = constants;
    this.#lstm = lstm;
    this.#cuts = [];
    for (const { name, length } of parameterSegments(shape)) {
      if (name === 'recurrent') this.#cuts[this.#cuts.length - 1] += length;
      else this.#cuts.push(length);
    }
  }

  /** `weights` is the flat vector [P]. Without `initial` every layer starts from zero state. */
  forward(weights: TensorId, batch: BatchTensors, initial?: LayerState[]): NetworkPass {
    const ops = this.#ops;
    const { B } = batch;
    const parameters = this.#cut(weights);
    const layers: LstmPass[] = [];
    let x = batch.inputs;
    for (const [layer, H] of this.shape.units.entries()) {
      const zeros = () => this.#constants.zeros(B, H);
      const state = initial?.[layer] ?? { h: zeros(), c: zeros() };
      const inputs = { x, initial: state, ...parameters[layer] };
      const pass = this.#lstm(ops, this.#constants, inputs, this.#size(layer, batch));
      layers.push(pass);
      x = pass.h;
    }
    const { w, b } = parameters.at(-1)!;
    return { logits: ops.biasAdd(ops.matMul(x, w), b), layers, parameters, features: x };
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
    const dw = ops.reshape(ops.matMulTransposedA(features, dLogits), this.#constants.vector(-1));
    const gradients = [dw, ops.biasAddGradient(dLogits)];
    let dh = ops.matMulTransposedB(dLogits, parameters.at(-1)!.w);
    for (const [layer, pass] of [...layers.entries()].toReversed()) {
      const { x, w, b } = pass.backward(dh, { x: layer > 0 });
      gradients.unshift(w, b);
      dh = x;
    }
    const loss = ops.matMul(ops.reshape(losses, this.#constants.vector(1, T * B)), shares);
    return {
      losses,
      loss: ops.reshape(loss, this.#constants.vector()),
      gradient: ops.concat(gradients, this.#constants.axis(0)),
    };
  }

  #cut(weights: TensorId): { w: TensorId; b: TensorId }[] {
    const cuts = this.#ops.split(
      weights,
      this.#constants.vector(...this.#cuts),
      this.#constants.axis(0),
      this.#cuts.length,
    );
    const layers = this.shape.units.map((_, layer) => ({ w: cuts[2 * layer], b: cuts[2 * layer + 1] }));
    const [w, b] = cuts.slice(-2);
    return [...layers, { w: this.#ops.reshape(w, this.#constants.vector(-1, this.shape.classes)), b }];
  }

  #size(layer: number, { B, T }: BatchTensors): LstmSize {
    const { units, features } = this.shape;
    return { B, T, I: layer === 0 ? features : units[layer - 1], H: units[layer] };
  }
}
