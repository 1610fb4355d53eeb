/**
 * The whole model in raw ops: layers, softmax, masked cross-entropy, and the gradient of all parameters as one flat vector.
 *
 * B rows, T steps, N = T·B, C classes; layer l takes I_l numbers a step and puts out H_l.
 */
import { inputWidths, type ModelDescription } from '../../model/description.ts';
import { parameterSegments } from '../../model/parameters.ts';
import { type StateSegment, stateSegments } from '../../model/state.ts';
import { statesOf } from './carried-state.ts';
import type { Constants } from './constants.ts';
import { type LayerRunners, runnerOf } from './layers/index.ts';
import type { LayerPass, LayerSize, LayerState } from './layers/layer.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

export interface BatchTensors {
  B: number;
  T: number;
  /** [N,I] */
  inputs: TensorId;
}

interface Targets {
  /** [N], int32, all of them classes */
  labels: TensorId;
  /** [N,1] share of each step in the loss: mask / Σ mask */
  shares: TensorId;
}

/** A forward pass, up to the logits. */
interface NetworkPass {
  /** [N,C] */
  logits: TensorId;
  layers: LayerPass[];
  /** For each layer w and b as flat vectors, then the head's [H,C] and [C]. */
  parameters: { w: TensorId; b: TensorId }[];
  /** The last layer's outputs as a matrix [N,H]. */
  features: TensorId;
}

export class Network {
  readonly #model: ModelDescription;
  readonly #ops: Ops;
  readonly #constants: Constants;
  readonly #run: LayerRunners;
  readonly #state: readonly StateSegment[];
  /** I of each layer, and of the head. */
  readonly #widths: number[];
  /**
   * Lengths of what the flat vector is cut into: of each layer's w and b. A layer's kernel and recurrent kernel are
   * adjacent, and one matrix.
   */
  readonly #cuts: number[];

  constructor(ops: Ops, constants: Constants, run: LayerRunners, model: ModelDescription) {
    this.#model = model;
    this.#ops = ops;
    this.#constants = constants;
    this.#run = run;
    this.#state = stateSegments(model, 1);
    this.#widths = inputWidths(model);
    this.#cuts = [];
    for (const { name, length } of parameterSegments(model)) {
      if (name === 'recurrent') this.#cuts[this.#cuts.length - 1] += length;
      else this.#cuts.push(length);
    }
  }

  /** `weights` is the flat vector [P]. Without `initial` every layer starts from zero state. */
  forward(weights: TensorId, batch: BatchTensors, initial?: LayerState[]): NetworkPass {
    const ops = this.#ops;
    const { B } = batch;
    const parameters = this.#cut(weights);
    const layers: LayerPass[] = [];
    let x = batch.inputs;
    const states = initial ?? statesOf(this.#state, ({ width }) => this.#constants.zeros(B, width));
    for (const [layer, description] of this.#model.layers.entries()) {
      const inputs = { x, initial: states[layer], ...parameters[layer] };
      const run = runnerOf(this.#run, description);
      const pass = run(ops, this.#constants, inputs, this.#size(layer, batch));
      layers.push(pass);
      x = pass.outputs;
    }
    const { w, b } = parameters.at(-1)!;
    return { logits: ops.biasAdd(ops.matMul(x, w), b), layers, parameters, features: x };
  }

  /**
   * The loss of each step [N] before its share is counted, the loss as a whole (a scalar: Σ share·loss), and its
   * gradient as a flat vector [P].
   */
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
    const layers = this.#model.layers.map((_, layer) => ({ w: cuts[2 * layer], b: cuts[2 * layer + 1] }));
    const [w, b] = cuts.slice(-2);
    return [...layers, { w: this.#ops.reshape(w, this.#constants.vector(-1, this.#model.head.classes)), b }];
  }

  #size(layer: number, { B, T }: BatchTensors): LayerSize {
    return { B, T, I: this.#widths[layer], H: this.#widths[layer + 1] };
  }
}
