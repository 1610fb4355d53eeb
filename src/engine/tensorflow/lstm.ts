/**
 * What running one LSTM layer takes and gives, whichever ops it runs on: `own-lstm.ts` or `block-lstm.ts`. The formulae are those of `model/description.ts`.
 */
import type { Constants } from './constants.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

/** Rows of all steps: N = T·B. */
export interface LstmSize {
  B: number;
  T: number;
  I: number;
  H: number;
}

export interface LstmInputs {
  /** [N,I] */
  x: TensorId;
  /** The state before the first step, [B,H] each. */
  initial: { h: TensorId; c: TensorId };
  /** [I+H,4H] as a flat vector, gates in the order i, f, g, o */
  w: TensorId;
  /** [4H] */
  b: TensorId;
}

/** A layer's forward pass, which holds what its backward pass needs. */
export interface LstmPass {
  /** Outputs [N,H]. */
  h: TensorId;
  /** The state after the last step, [B,H] each. */
  last(): { h: TensorId; c: TensorId };
  /** Back-propagation through time, from the loss' gradient with respect to the outputs [N,H]. */
  backward(dh: TensorId, wanted: { x: boolean }): LstmGradients;
}

export interface LstmGradients {
  /** [N,I]; of no use where it was not wanted. */
  x: TensorId;
  /** As a flat vector. */
  w: TensorId;
  /** [4H] */
  b: TensorId;
}

export type Lstm = (ops: Ops, constants: Constants, inputs: LstmInputs, size: LstmSize) => LstmPass;

/** The last step's rows [B,H] of states [N,H]. */
export function lastStep(ops: Ops, constants: Constants, states: TensorId, { T, B, H }: LstmSize): TensorId {
  return ops.slice(states, constants.vector((T - 1) * B, 0), constants.vector(B, H));
}
