/**
 * What running one layer in raw ops takes and gives, whatever its kind.
 */
import type { Constants } from '../constants.ts';
import type { Ops } from '../ops.ts';
import type { TensorId } from '../tensors.ts';

/** Rows of all steps: N = T·B. */
export interface LayerSize {
  B: number;
  T: number;
  /** Numbers that the layer takes at each step, and that it puts out. */
  I: number;
  H: number;
}

/** The state of a layer between two steps: each of its vectors (`src/model/state.ts`) by name, [B,width]. */
export type LayerState = Record<string, TensorId>;

interface LayerInputs {
  /** [N,I] */
  x: TensorId;
  /** The state before the first step. */
  initial: LayerState;
  /** Kernel and recurrent kernel as one flat vector, in which they are adjacent. */
  w: TensorId;
  /** The bias, flat. */
  b: TensorId;
}

/** A layer's forward pass, which holds what its backward pass needs. */
export interface LayerPass {
  /** Outputs [N,H]. */
  outputs: TensorId;
  /** The state after the last step. */
  last(): LayerState;
  /** Back-propagation through time, from the loss' gradient with respect to the outputs [N,H]. */
  backward(dOutputs: TensorId, wanted: { x: boolean }): LayerGradients;
}

interface LayerGradients {
  /** [N,I]; of no use where it was not wanted. */
  x: TensorId;
  /** As flat vectors. */
  w: TensorId;
  b: TensorId;
}

export type RunLayer = (ops: Ops, constants: Constants, inputs: LayerInputs, size: LayerSize) => LayerPass;

/** The last step's rows [B,H] of states [N,H]. */
export function lastStep(ops: Ops, constants: Constants, states: TensorId, { T, B, H }: LayerSize): TensorId {
  return ops.slice(states, constants.vector((T - 1) * B, 0), constants.vector(B, H));
}
