/**
 * The whole model of the reference engine in float64: layers, softmax, masked cross-entropy, and the gradient of every
 * parameter. The oracle that the tests measure other engines against.
 */
import type { Batch } from '../../model/batch.ts';
import type { ModelDescription } from '../../model/description.ts';
import { parameterSegments } from '../../model/parameters.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import { layers as kinds } from './layers/index.ts';
import type { Arrays, ReferencePass } from './layers/layer.ts';
import { addOuterProduct, addProduct, setTransposedProduct } from './products.ts';

export interface Forward {
  /** Σ mask·(-ln p(label)) / Σ mask; 0 when nothing counts. */
  loss: number;
  accuracy: number;
  /** [T,B,C] */
  probabilities: Float64Array;
  /** State after the last step (`stateSegments`). */
  carried: Float64Array;
}

interface LossAndGradient extends Forward {
  /** As long as the flat parameter vector. */
  gradient: Float64Array;
}

/**
 * One forward pass over a batch. `carried` is the state before its first step, laid out for its B rows (zeros if
 * absent); `starts` is the caller's affair.
 */
export function forward(model: ModelDescription, weights: Float64Array, batch: Batch, carried?: Float64Array): Forward {
  return runForward(model, weights, batch, carried).forward;
}

/** Forward and backward. The gradient is that of `loss`, without clipping; the state before the first step is a constant to it. */
export function lossAndGradient(
  model: ModelDescription,
  weights: Float64Array,
  batch: Batch,
  carried?: Float64Array,
): LossAndGradient {
  const { forward, passes } = runForward(model, weights, batch, carried);
  const size = { B: batch.batchSize, T: batch.sequenceLength };
  const { layers, softmax } = parametersIn(model, weights);
  const gradient = new Float64Array(weights.length);
  const gradients = parametersIn(model, gradient);
  let dOutputs = backwardSoftmax(softmax, passes.at(-1)!.outputs, forward, batch, gradients.softmax);
  for (const [l, { kind }] of [...model.layers.entries()].reverse()) {
    dOutputs = kinds[kind].backward(layers[l], passes[l].tape, dOutputs, gradients.layers[l], size);
  }
  return { ...forward, gradient };
}

function runForward(model: ModelDescription, weights: Float64Array, batch: Batch, carried?: Float64Array) {
  const size = { B: batch.batchSize, T: batch.sequenceLength };
  const { layers, softmax } = parametersIn(model, weights);
  const before = statesIn(model, carried ?? new Float64Array(stateLength(model, size.B)), size.B);
  const after = new Float64Array(stateLength(model, size.B));
  const passes: ReferencePass[] = [];
  let outputs: Float64Array = Float64Array.from(batch.inputs.subarray(0, size.T * size.B * model.input.features));
  for (const [l, { kind }] of model.layers.entries()) {
    const pass = kinds[kind].forward(layers[l], outputs, before[l], size);
    outputs = pass.outputs;
    passes.push(pass);
  }
  for (const { layer, name, offset } of stateSegments(model, size.B)) after.set(passes[layer].final[name], offset);
  return { forward: { ...forwardSoftmax(softmax, outputs, batch), carried: after }, passes };
}

type SoftmaxParameters = {
  /** [H,C] */
  kernel: Float64Array;
  /** [C] */
  bias: Float64Array;
};

/** Softmax of every step, and the masked cross-entropy. `outputs` [T,B,H] are those of the last layer. */
function forwardSoftmax({ kernel, bias }: SoftmaxParameters, outputs: Float64Array, batch: Batch) {
  const C = bias.length;
  const H = kernel.length / C;
  const N = batch.sequenceLength * batch.batchSize;
  const probabilities = new Float64Array(N * C);
  let loss = 0;
  let weight = 0;
  let counted = 0;
  let right = 0;
  for (let n = 0; n < N; n++) {
    const y = probabilities.subarray(n * C, (n + 1) * C);
    y.set(bias);
    addProduct(y, outputs.subarray(n * H, (n + 1) * H), kernel);
    const logSum = logSumExp(y);
    if (batch.mask[n] > 0) {
      // From the logit, not from ln p: p may be too small for a number where its logarithm is not.
      loss += batch.mask[n] * (logSum - y[batch.labels[n]]);
      weight += batch.mask[n];
      counted++;
      if (indexOfLargest(y) === batch.labels[n]) right++;
    }
    for (let k = 0; k < C; k++) y[k] = Math.exp(y[k] - logSum);
  }
  return { probabilities, loss: weight > 0 ? loss / weight : 0, accuracy: counted > 0 ? right / counted : 0 };
}

/**
 * Gradient of the loss with respect to `outputs` [T,B,H]; adds the parameters' to `gradient`. The logits' gradient is
 * mask/Σmask · (p - one-hot(label)).
 */
function backwardSoftmax(
  { kernel, bias }: SoftmaxParameters,
  outputs: Float64Array,
  { probabilities }: Pick<Forward, 'probabilities'>,
  { labels, mask, sequenceLength, batchSize }: Batch,
  gradient: SoftmaxParameters,
): Float64Array {
  const C = bias.length;
  const H = kernel.length / C;
  const N = sequenceLength * batchSize;
  const weight = mask.subarray(0, N).reduce((sum, value) => sum + value, 0);
  const dOutputs = new Float64Array(N * H);
  const dLogits = new Float64Array(C);
  for (let n = 0; n < N; n++) {
    if (mask[n] === 0) continue;
    for (let k = 0; k < C; k++) {
      dLogits[k] = (mask[n] / weight) * (probabilities[n * C + k] - (k === labels[n] ? 1 : 0));
      gradient.bias[k] += dLogits[k];
    }
    addOuterProduct(gradient.kernel, outputs.subarray(n * H, (n + 1) * H), dLogits);
    setTransposedProduct(dOutputs.subarray(n * H, (n + 1) * H), dLogits, kernel);
  }
  return dOutputs;
}

/** ln Σ exp(x), without overflow. */
function logSumExp(values: Float64Array): number {
  const largest = values.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}

/** Views of a flat vector, of parameters or of their gradient. */
function parametersIn(model: ModelDescription, flat: Float64Array): { layers: Arrays[]; softmax: SoftmaxParameters } {
  const views: Arrays[] = [...model.layers.map(() => ({})), {}];
  for (const { name, layer, offset, length } of parameterSegments(model)) {
    views[layer][name] = flat.subarray(offset, offset + length);
  }
  const { kernel, bias } = views.at(-1)!;
  return { layers: views.slice(0, -1), softmax: { kernel, bias } };
}

/** Views of a carried state of B rows, layer by layer. */
function statesIn(model: ModelDescription, carried: Float64Array, B: number): Arrays[] {
  const views: Arrays[] = model.layers.map(() => ({}));
  for (const { layer, name, offset, length } of stateSegments(model, B)) {
    views[layer][name] = carried.subarray(offset, offset + length);
  }
  return views;
}
