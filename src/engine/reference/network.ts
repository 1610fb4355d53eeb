/**
 * The whole model of the reference engine in float64: LSTM layers, softmax, masked cross-entropy, and the gradient of every parameter. The oracle that the tests measure other engines against.
 */
import type { Batch } from '../../model/batch.ts';
import type { ModelShape } from '../../model/description.ts';
import { parameterSegments } from '../../model/parameters.ts';
import { stateLength } from '../../model/state.ts';
import {
  addOuterProduct,
  addProduct,
  backwardLstm,
  forwardLstm,
  type LayerState,
  type LstmParameters,
  type LstmTape,
  setTransposedProduct,
} from './lstm.ts';

export interface Forward {
  /** Σ mask·(-ln p(label)) / Σ mask; 0 when nothing counts. */
  loss: number;
  accuracy: number;
  /** [T,B,C] */
  probabilities: Float64Array;
  /** State after the last step, for each layer h [B,H], then c [B,H]. */
  carried: Float64Array;
}

export interface LossAndGradient extends Forward {
  /** As long as the flat parameter vector. */
  gradient: Float64Array;
}

/** One forward pass over a batch. `carried` is the state before its first step, laid out for its B rows (zeros if absent); `starts` is the caller's affair. */
export function forward(shape: ModelShape, weights: Float64Array, batch: Batch, carried?: Float64Array): Forward {
  return runForward(shape, weights, batch, carried).forward;
}

/** Forward and backward. The gradient is that of `loss`, without clipping; the state before the first step is a constant to it. */
export function lossAndGradient(
  shape: ModelShape,
  weights: Float64Array,
  batch: Batch,
  carried?: Float64Array,
): LossAndGradient {
  const { forward, tapes } = runForward(shape, weights, batch, carried);
  const size = { B: batch.batchSize, T: batch.sequenceLength };
  const { layers, softmax } = parametersIn(shape, weights);
  const gradient = new Float64Array(weights.length);
  const gradients = parametersIn(shape, gradient);
  let dOutputs = backwardSoftmax(softmax, outputsOf(tapes.at(-1)!, shape, batch), forward, batch, gradients.softmax);
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    dOutputs = backwardLstm(layers[layer], tapes[layer], dOutputs, gradients.layers[layer], size);
  }
  return { ...forward, gradient };
}

function runForward(shape: ModelShape, weights: Float64Array, batch: Batch, carried?: Float64Array) {
  const size = { B: batch.batchSize, T: batch.sequenceLength };
  const { layers, softmax } = parametersIn(shape, weights);
  const before = statesIn(shape, carried ?? new Float64Array(stateLength(shape, size.B)), size.B);
  const after = new Float64Array(stateLength(shape, size.B));
  const tapes: LstmTape[] = [];
  let outputs: Float64Array = Float64Array.from(batch.inputs.subarray(0, size.T * size.B * shape.features));
  for (const [layer, state] of statesIn(shape, after, size.B).entries()) {
    const tape = forwardLstm(layers[layer], outputs, before[layer], size);
    outputs = tape.hidden.subarray(state.h.length);
    state.h.set(tape.hidden.subarray(size.T * state.h.length));
    state.c.set(tape.cells.subarray(size.T * state.c.length));
    tapes.push(tape);
  }
  return { forward: { ...forwardSoftmax(softmax, outputs, batch), carried: after }, tapes };
}

/** A layer's outputs [T,B,H]: its hidden states but the initial one. */
function outputsOf(tape: LstmTape, shape: ModelShape, batch: Batch): Float64Array {
  return tape.hidden.subarray(batch.batchSize * shape.units.at(-1)!);
}

interface SoftmaxParameters {
  /** [H,C] */
  kernel: Float64Array;
  /** [C] */
  bias: Float64Array;
}

/** Softmax of every step, and the masked cross-entropy. `outputs` [T,B,H] are those of the last LSTM layer. */
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

/** Gradient of the loss with respect to `outputs` [T,B,H]; adds the parameters' to `gradient`. The logits' gradient is mask/Σmask · (p - one-hot(label)). */
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
function parametersIn(shape: ModelShape, flat: Float64Array): { layers: LstmParameters[]; softmax: SoftmaxParameters } {
  const views = Array.from({ length: shape.units.length + 1 }, () => ({
    kernel: flat.subarray(0, 0),
    recurrent: flat.subarray(0, 0),
    bias: flat.subarray(0, 0),
  }));
  for (const { name, layer, offset, length } of parameterSegments(shape)) {
    views[layer][name] = flat.subarray(offset, offset + length);
  }
  return { layers: views.slice(0, -1), softmax: views.at(-1)! };
}

/** Views of a carried state of B rows, layer by layer. */
export function statesIn(shape: ModelShape, carried: Float64Array, B: number): LayerState[] {
  let offset = 0;
  return shape.units.map((H) => {
    const h = carried.subarray(offset, offset + B * H);
    const c = carried.subarray(offset + B * H, offset + 2 * B * H);
    offset += 2 * B * H;
    return { h, c };
  });
}
