/**
 * One LSTM layer of the reference engine in float64, its forward pass beside its backward pass: the formulae of
 * `model/layers/lstm.ts`, written out.
 *
 * Shapes: B rows, T steps, I inputs, H units. Row b of step t is row n = t·B + b of every matrix below.
 */

import { addOuterProduct, addProduct, setTransposedProduct } from '../products.ts';
import type { BatchSize, ReferenceLayer, ReferencePass } from './layer.ts';

type LstmParameters = {
  /** [I,4H] */
  kernel: Float64Array;
  /** [H,4H] */
  recurrent: Float64Array;
  /** [4H], gates in the order i, f, g, o */
  bias: Float64Array;
};

/** The state of a layer between two steps. */
type LstmState = {
  /** [B,H] */
  h: Float64Array;
  /** [B,H] */
  c: Float64Array;
};

/** What the forward pass leaves for the backward pass. */
type LstmTape = {
  /** [T,B,I] */
  inputs: Float64Array;
  /** [T,B,4H]: σ(i), σ(f), tanh(g), σ(o) */
  gates: Float64Array;
  /** [T+1,B,H]: the initial state, then that after each step */
  cells: Float64Array;
  /** [T+1,B,H]: likewise; all but the first are the layer's output */
  hidden: Float64Array;
};

export const referenceLstm: ReferenceLayer = { forward, backward };

function forward(
  { kernel, recurrent, bias }: LstmParameters,
  inputs: Float64Array,
  initial: LstmState,
  { B, T }: BatchSize,
): ReferencePass {
  const H = bias.length / 4;
  const I = kernel.length / (4 * H);
  const gates = new Float64Array(T * B * 4 * H);
  const cells = new Float64Array((T + 1) * B * H);
  const hidden = new Float64Array((T + 1) * B * H);
  cells.set(initial.c);
  hidden.set(initial.h);
  for (let n = 0; n < T * B; n++) {
    const z = gates.subarray(n * 4 * H, (n + 1) * 4 * H);
    z.set(bias);
    addProduct(z, inputs.subarray(n * I, (n + 1) * I), kernel);
    addProduct(z, hidden.subarray(n * H, (n + 1) * H), recurrent);
    for (let j = 0; j < H; j++) {
      const i = sigmoid(z[j]);
      const f = sigmoid(z[H + j]);
      const g = Math.tanh(z[2 * H + j]);
      const o = sigmoid(z[3 * H + j]);
      const c = f * cells[n * H + j] + i * g;
      cells[(n + B) * H + j] = c;
      hidden[(n + B) * H + j] = o * Math.tanh(c);
      z[j] = i;
      z[H + j] = f;
      z[2 * H + j] = g;
      z[3 * H + j] = o;
    }
  }
  const last = T * B * H;
  return {
    outputs: hidden.subarray(B * H),
    final: { h: hidden.subarray(last), c: cells.subarray(last) },
    tape: { inputs, gates, cells, hidden },
  };
}

/**
 * Back-propagation through time. Adds the parameters' gradient to `gradient`, and returns that of the layer's inputs [T,B,I].
 * `dOutputs` [T,B,H] is the loss' gradient with respect to the layer's outputs; the initial state is a constant.
 */
function backward(
  { kernel, recurrent }: LstmParameters,
  { inputs, gates, cells, hidden }: LstmTape,
  dOutputs: Float64Array,
  gradient: LstmParameters,
  { B, T }: BatchSize,
): Float64Array {
  const H = gradient.bias.length / 4;
  const I = kernel.length / (4 * H);
  const dInputs = new Float64Array(T * B * I);
  const dHidden = new Float64Array(B * H);
  const dCells = new Float64Array(B * H);
  const dz = new Float64Array(4 * H);
  for (let n = T * B - 1; n >= 0; n--) {
    const row = (n % B) * H;
    const gate = n * 4 * H;
    for (let j = 0; j < H; j++) {
      const i = gates[gate + j];
      const f = gates[gate + H + j];
      const g = gates[gate + 2 * H + j];
      const o = gates[gate + 3 * H + j];
      const tanhCell = Math.tanh(cells[(n + B) * H + j]);
      const dh = dOutputs[n * H + j] + dHidden[row + j];
      const dc = dCells[row + j] + dh * o * (1 - tanhCell * tanhCell);
      dz[j] = dc * g * i * (1 - i);
      dz[H + j] = dc * cells[n * H + j] * f * (1 - f);
      dz[2 * H + j] = dc * i * (1 - g * g);
      dz[3 * H + j] = dh * tanhCell * o * (1 - o);
      dCells[row + j] = dc * f;
    }
    addOuterProduct(gradient.kernel, inputs.subarray(n * I, (n + 1) * I), dz);
    addOuterProduct(gradient.recurrent, hidden.subarray(n * H, (n + 1) * H), dz);
    for (let k = 0; k < 4 * H; k++) gradient.bias[k] += dz[k];
    setTransposedProduct(dInputs.subarray(n * I, (n + 1) * I), dz, kernel);
    setTransposedProduct(dHidden.subarray(row, row + H), dz, recurrent);
  }
  return dInputs;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
