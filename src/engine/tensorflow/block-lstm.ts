/**
 * One LSTM layer on TensorFlow's fused ops, which run all T steps inside one kernel: BlockLSTMV2 and its gradient. The formulae are those of `engine/model.ts`.
 */
import type { Constants } from './constants.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

export interface LstmSize {
  B: number;
  T: number;
  I: number;
  H: number;
}

export interface LstmInputs {
  /** [T,B,I] */
  x: TensorId;
  /** The state before the first step, [B,H] each. */
  initial: { h: TensorId; c: TensorId };
  /** [I+H,4H], gates in the order i, f, g, o */
  w: TensorId;
  /** [4H] */
  b: TensorId;
}

/** A layer's forward pass, which holds what its backward pass needs. */
export interface LstmPass {
  /** Outputs [T,B,H]. */
  h: TensorId;
  /** The state after the last step, [B,H] each. */
  last(): { h: TensorId; c: TensorId };
  /** Back-propagation through time, from the loss' gradient with respect to the outputs [T,B,H]. */
  backward(dh: TensorId): LstmGradients;
}

export interface LstmGradients {
  /** [T,B,I] */
  x: TensorId;
  /** [I+H,4H] */
  w: TensorId;
  /** [4H] */
  b: TensorId;
}

export function fusedLstm(ops: Ops, constants: Constants, { x, initial, w, b }: LstmInputs, size: LstmSize): LstmPass {
  const { T, B, H } = size;
  const inputs = {
    steps: constants.int64(T),
    x,
    csPrev: initial.c,
    hPrev: initial.h,
    w,
    peephole: constants.zeros(H),
    b,
  };
  const activations = ops.blockLstm(inputs);
  const lastOf = (states: TensorId) =>
    ops.at(states, constants.vector(T - 1), constants.vector(T), constants.vector(1));
  return {
    h: activations.h,
    last: () => ({ h: lastOf(activations.h), c: lastOf(activations.cs) }),
    // The loss depends on the cells through the outputs only, so their own gradient is zero.
    backward: (dh) => ops.blockLstmGradient(inputs, activations, constants.zeros(T, B, H), dh),
  };
}
