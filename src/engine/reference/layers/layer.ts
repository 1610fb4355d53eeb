/**
 * What a kind of layer of the reference engine does: its forward pass and its backward pass, in float64.
 *
 * Shapes: B rows, T steps. Row b of step t is row n = t·B + b of every matrix.
 */

/** Arrays by name: of parameters and of state vectors as `src/model` names them, and of what a pass keeps. */
export type Arrays = Record<string, Float64Array>;

export interface BatchSize {
  B: number;
  T: number;
}

export interface ReferencePass {
  /** [T,B,H] */
  outputs: Float64Array;
  /** The state after the last step. */
  final: Arrays;
  /** What the backward pass needs. */
  tape: Arrays;
}

export interface ReferenceLayer {
  /** @param inputs [T,B,I] @param initial the state before the first step. */
  forward(parameters: Arrays, inputs: Float64Array, initial: Arrays, size: BatchSize): ReferencePass;
  /**
   * Back-propagation through time. Adds the parameters' gradient to `gradient`, and returns that of the layer's inputs [T,B,I].
   * @param dOutputs [T,B,H], the loss' gradient with respect to the layer's outputs; the initial state is a constant.
   */
  backward(parameters: Arrays, tape: Arrays, dOutputs: Float64Array, gradient: Arrays, size: BatchSize): Float64Array;
}
