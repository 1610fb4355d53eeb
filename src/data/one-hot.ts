/**
 * One-hot steps: how tasks with symbols and datasets of strings become numbers.
 */

/** Writes step `step` of an array [.., width] as zeros with a one at `index`. */
export function writeOneHot(inputs: Float32Array, step: number, width: number, index: number): void {
  inputs.fill(0, step * width, (step + 1) * width);
  inputs[step * width + index] = 1;
}
