/**
 * The engine on tfjs-node: a training step is one node on tfjs' tape, whose forward and backward are raw TensorFlow ops
 * on one flat vector of parameters.
 */
import { availableParallelism } from 'node:os';
import type { Scalar, Tensor } from '@tensorflow/tfjs-node';
import type { Batch } from '../../model/batch.ts';
import type { ModelDescription } from '../../model/description.ts';
import { parameterCount } from '../../model/parameters.ts';
import type { Engine, Metrics, Predictor, Trainer, TrainerConfig, TrainerState } from '../contract.ts';
import { CarriedState, layerStates } from './carried-state.ts';
import { Constants } from './constants.ts';
import { type LayerRunners, ownLayers, stockLayers } from './layers/index.ts';
import { loadTensorFlow, type Runtime } from './load.ts';
import { type BatchTensors, Network } from './network.ts';
import { Ops } from './ops.ts';
import { Parameters } from './optimizers.ts';
import type { TensorId } from './tensors.ts';

/**
 * Loads TensorFlow at the first call, which takes a second.
 *
 * @param options.threads of the LSTM ops; results do not depend on it. One for each core, if not told.
 * @param options.ownOps `false`: run on TensorFlow's own fused LSTM, as where this project's ops are not compiled into the binding.
 * @throws EngineUnavailableError where it is not installed.
 */
export function openTensorFlowEngine(options: { threads?: number; ownOps?: boolean } = {}): Engine {
  const runtime = loadTensorFlow();
  const hasOwnOps = options.ownOps ?? runtime.hasOwnOps;
  const threads = hasOwnOps ? (options.threads ?? availableParallelism()) : 1;
  const ops = new Ops(runtime.backend.binding, threads);
  const layers = hasOwnOps ? ownLayers : stockLayers;
  return {
    name: 'tensorflow',
    threads,
    createTrainer: (config, state) => new TensorFlowTrainer(runtime, ops, layers, config, state),
    createPredictor: (model, weights) => new TensorFlowPredictor(ops, layers, model, weights),
  };
}

/** What `metrics` needs of the last step. */
interface LastStep {
  /** [N,C] and [N], kept. */
  logits: TensorId;
  losses: TensorId;
  labels: Int32Array;
  shares: Float32Array;
}

class TensorFlowTrainer implements Trainer {
  readonly #runtime: Runtime;
  readonly #ops: Ops;
  readonly #config: TrainerConfig;
  readonly #constants: Constants;
  readonly #network: Network;
  readonly #parameters: Parameters;
  readonly #carried: CarriedState;
  readonly #weightCount: number;
  #last: LastStep | undefined;

  constructor(runtime: Runtime, ops: Ops, layers: LayerRunners, config: TrainerConfig, state: TrainerState) {
    this.#runtime = runtime;
    this.#ops = ops;
    this.#config = config;
    this.#weightCount = parameterCount(config.model);
    this.#constants = new Constants(ops);
    this.#network = new Network(ops, this.#constants, layers, config.model);
    this.#parameters = new Parameters(ops, config.optimizer, state.weights, state.slots);
    this.#carried = new CarriedState(ops, this.#constants, config.model, config.batchSize, state.carried);
  }

  step(batch: Batch): void {
    const { tf } = this.#runtime;
    this.#constants.useSize(batch.batchSize, batch.sequenceLength);
    const weights = this.#toTensor(
      this.#ops.own(() => this.#parameters.weights()),
      [this.#weightCount],
    );
    const { value, grad } = tf.valueAndGrad(this.#lossOf(batch))(weights);
    // Deleted before the update, which works in place as long as nobody else holds the weights.
    tf.dispose([value, weights]);
    this.#parameters.update(this.#toId(grad));
    grad.dispose();
  }

  metrics(): Metrics {
    if (!this.#last) throw new Error('There are no metrics before the first step.');
    const { labels, shares } = this.#last;
    const losses = this.#ops.read(this.#last.losses);
    const logits = this.#ops.read(this.#last.logits);
    let loss = 0;
    let counted = 0;
    let right = 0;
    for (let n = 0; n < labels.length; n++) {
      if (shares[n] === 0) continue;
      loss += shares[n] * losses[n];
      counted++;
      if (indexOfLargest(logits, n, this.#config.model.head.classes) === labels[n]) right++;
    }
    return { loss, accuracy: counted > 0 ? right / counted : 0 };
  }

  probabilities(batch: Batch): Float32Array {
    this.#constants.useSize(batch.batchSize, batch.sequenceLength);
    return this.#ops.scope(() => {
      const tensors = batchTensors(this.#ops, this.#config.model, batch);
      const pass = this.#network.forward(this.#parameters.weights(), tensors);
      return this.#ops.read(this.#ops.softmax(pass.logits));
    });
  }

  state(): TrainerState {
    return {
      weights: this.#ops.scope(() => this.#ops.read(this.#parameters.weights())),
      slots: this.#parameters.slots(),
      carried: this.#carried.values(),
    };
  }

  dispose(): void {
    this.#forgetLastStep();
    this.#carried.dispose();
    this.#parameters.dispose();
    this.#constants.dispose();
  }

  /**
   * The batch's loss as a function of the flat weights, for tfjs' tape. It computes its gradient at once, remembers
   * what `metrics` needs, and carries the state on.
   */
  #lossOf(batch: Batch): (weights: Tensor) => Scalar {
    const { tf } = this.#runtime;
    return tf.customGrad((weights, save) => {
      if (!(weights instanceof tf.Tensor) || typeof save !== 'function')
        throw new Error('customGrad hands over one tensor.');
      const { loss, gradient } = this.#lossAndGradient(this.#toId(weights), batch);
      save([this.#toTensor(gradient, weights.shape)]);
      return {
        value: this.#toTensor(loss, []) as Scalar,
        gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(saved, dy),
      };
    });
  }

  #lossAndGradient(weights: TensorId, batch: Batch): { loss: TensorId; gradient: TensorId } {
    const ops = this.#ops;
    const labels = classLabels(batch);
    const shares = lossShares(batch);
    return ops.scope((keep) => {
      const tensors = batchTensors(ops, this.#config.model, batch);
      const targets = {
        labels: ops.integers([labels.length], labels),
        shares: ops.floats([shares.length, 1], shares),
      };
      const initial = this.#config.carryState ? this.#carried.before(batch) : undefined;
      const pass = this.#network.forward(weights, tensors, initial);
      const { losses, loss, gradient } = this.#network.backward(pass, targets, tensors);
      if (this.#config.carryState) this.#carried.advance(pass.layers, batch, keep);
      this.#forgetLastStep();
      this.#last = { logits: keep(pass.logits), losses: keep(losses), labels, shares };
      return { loss: keep(loss), gradient: keep(gradient) };
    });
  }

  #forgetLastStep(): void {
    if (this.#last) this.#ops.delete(this.#last.logits, this.#last.losses);
    this.#last = undefined;
  }

  #toId(tensor: Tensor): TensorId {
    return this.#runtime.backend.getInputTensorIds([tensor])[0];
  }

  /** Hands a raw float tensor over to tfjs, which deletes it in time. */
  #toTensor(id: TensorId, shape: number[]): Tensor {
    const { binding } = this.#runtime.backend;
    return this.#runtime.backend.createOutputTensor({ id, shape, dtype: binding.TF_FLOAT });
  }
}

class TensorFlowPredictor implements Predictor {
  readonly #ops: Ops;
  readonly #model: ModelDescription;
  readonly #constants: Constants;
  readonly #network: Network;
  readonly #weights: TensorId;

  constructor(ops: Ops, layers: LayerRunners, model: ModelDescription, weights: Float32Array) {
    this.#ops = ops;
    this.#model = model;
    this.#constants = new Constants(ops);
    this.#network = new Network(ops, this.#constants, layers, model);
    this.#weights = ops.own(() => ops.floats([weights.length], weights.slice()));
  }

  predict(inputs: Float32Array, sequenceLength: number, initialState?: Float32Array): Float32Array {
    this.#constants.useSize(1, sequenceLength);
    const ops = this.#ops;
    return ops.scope(() => {
      const batch = batchTensors(ops, this.#model, { batchSize: 1, sequenceLength, inputs });
      const initial = initialState && layerStates(ops, this.#model, 1, initialState);
      return ops.read(ops.softmax(this.#network.forward(this.#weights, batch, initial).logits));
    });
  }

  dispose(): void {
    this.#ops.delete(this.#weights);
    this.#constants.dispose();
  }
}

function batchTensors(
  ops: Ops,
  { input }: ModelDescription,
  { batchSize: B, sequenceLength: T, inputs }: Pick<Batch, 'batchSize' | 'sequenceLength' | 'inputs'>,
): BatchTensors {
  return { B, T, inputs: ops.floats([T * B, input.features], inputs) };
}

/** The labels, 0 where the mask is: TensorFlow refuses what is not a class, even of a step that does not count. */
function classLabels({ labels, mask }: Batch): Int32Array {
  return labels.map((label, n) => (mask[n] === 0 ? 0 : label));
}

/** Each step's share in the loss: mask / Σ mask, or zeros when nothing counts. */
function lossShares({ mask }: Batch): Float32Array {
  const sum = mask.reduce((total, weight) => total + weight, 0);
  return sum === 0 ? new Float32Array(mask.length) : mask.map((weight) => weight / sum);
}

/** The most probable class of step n; the lowest, if several. */
function indexOfLargest(logits: Float32Array, n: number, C: number): number {
  let best = 0;
  for (let k = 1; k < C; k++) if (logits[n * C + k] > logits[n * C + best]) best = k;
  return best;
}
