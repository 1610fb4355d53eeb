/**
 * One LSTM layer step by step, for large sizes: what does not depend on the step before is done for all steps at once, in a few large matrix products.
 *
 * The fused ops of `fused-lstm.ts` multiply and accumulate dW within each step, with matrices too small to keep the processor busy; here the input's part of the gates, dW, db and dx are
 * single products over T·B rows, and only h·Wh and its gradient are left to the recursion. (The same split as in Appleyard, Kočiský & Blunsom, "Optimizing Performance of Recurrent
 * Neural Networks on GPUs", 2016, section 3.)
 */
import type { Constants } from './constants.ts';
import type { LstmGradients, LstmInputs, LstmPass, LstmSize } from './fused-lstm.ts';
import type { BlockLstm, Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

/** One step's activations, [B,H] each. */
type Step = BlockLstm;

export function stepwiseLstm(ops: Ops, constants: Constants, inputs: LstmInputs, size: LstmSize): LstmPass {
  const { I, H } = size;
  const [kernel, recurrent] = ops.split(inputs.w, constants.vector(I, H), constants.axis(0), 2);
  const steps: Step[] = [];
  let state = inputs.initial;
  for (const projection of projectInputs(ops, constants, inputs, kernel, size)) {
    const step = forwardStep(ops, constants, ops.add(projection, ops.matMul(state.h, recurrent)), state.c, H);
    steps.push(step);
    state = { h: step.h, c: step.cs };
  }
  return {
    h: ops.stack(steps.map((step) => step.h)),
    last: () => state,
    backward: (dh) => backward(ops, constants, inputs, steps, dh, size),
  };
}

/** The part of every step's gates that comes from its input, x·kernel + b: T matrices [B,4H] from one product. */
function projectInputs(
  ops: Ops,
  constants: Constants,
  { x, b }: LstmInputs,
  kernel: TensorId,
  { B, T, I, H }: LstmSize,
): TensorId[] {
  const product = ops.biasAdd(ops.matMul(ops.reshape(x, constants.vector(T * B, I)), kernel), b);
  return ops.unstack(ops.reshape(product, constants.vector(T, B, 4 * H)), T);
}

/** `gates` [B,4H] before their activation, in the order i, f, g, o. */
function forwardStep(ops: Ops, constants: Constants, gates: TensorId, csPrev: TensorId, H: number): Step {
  const [zi, zf, zg, zo] = ops.split(gates, constants.vector(H, H, H, H), constants.axis(1), 4);
  const i = ops.sigmoid(zi);
  const f = ops.sigmoid(zf);
  const ci = ops.tanh(zg);
  const o = ops.sigmoid(zo);
  const cs = ops.add(ops.multiply(f, csPrev), ops.multiply(i, ci));
  const co = ops.tanh(cs);
  return { i, cs, f, o, ci, co, h: ops.multiply(o, co) };
}

function backward(
  ops: Ops,
  constants: Constants,
  { x, initial, w, b }: LstmInputs,
  steps: Step[],
  dOutputs: TensorId,
  { B, T, I, H }: LstmSize,
): LstmGradients {
  // The op gives the gates' gradient in the order i, g, f, o: the weights follow, so that the large matrices need not be sorted.
  const reordered = swapMiddleGates(ops, constants, w, H);
  const [kernel, recurrent] = ops.split(reordered, constants.vector(I, H), constants.axis(0), 2);
  // Transposed once, because each step's product would do it again.
  const recurrentTransposed = ops.transpose(recurrent, constants.vector(1, 0));
  const xs = ops.unstack(x, T);
  const dOutput = ops.unstack(dOutputs, T);
  const dGates: TensorId[] = [];
  const before = (t: number) => (t > 0 ? { h: steps[t - 1].h, c: steps[t - 1].cs } : initial);
  let dc = constants.zeros(B, H);
  let dh: TensorId | undefined;
  for (let t = T - 1; t >= 0; t--) {
    const { h: hPrev, c: csPrev } = before(t);
    const cell = { x: xs[t], csPrev, hPrev, w: reordered, peephole: constants.zeros(H), b };
    const total = dh === undefined ? dOutput[t] : ops.add(dOutput[t], dh);
    const gradient = ops.lstmCellGradient(cell, steps[t], dc, total);
    dGates.unshift(gradient.dicfo);
    dc = gradient.csPrev;
    dh = ops.matMul(gradient.dicfo, recurrentTransposed);
  }
  const dz = ops.reshape(ops.stack(dGates), constants.vector(T * B, 4 * H));
  const hiddenBefore = ops.stack(steps.map((_, t) => before(t).h));
  const dKernel = ops.matMulTransposedA(ops.reshape(x, constants.vector(T * B, I)), dz);
  const dRecurrent = ops.matMulTransposedA(ops.reshape(hiddenBefore, constants.vector(T * B, H)), dz);
  const dBias = ops.reshape(ops.biasAddGradient(dz), constants.vector(1, 4 * H));
  return {
    x: ops.reshape(ops.matMulTransposedB(dz, kernel), constants.vector(T, B, I)),
    w: swapMiddleGates(ops, constants, ops.concat([dKernel, dRecurrent], constants.axis(0)), H),
    b: ops.reshape(swapMiddleGates(ops, constants, dBias, H), constants.vector(4 * H)),
  };
}

/** The columns of [rows,4H] from i, f, g, o to i, g, f, o, or back. */
function swapMiddleGates(ops: Ops, constants: Constants, matrix: TensorId, H: number): TensorId {
  const [first, second, third, last] = ops.split(matrix, constants.vector(H, H, H, H), constants.axis(1), 4);
  return ops.concat([first, third, second, last], constants.axis(1));
}
