/**
 * One-hot steps: how tasks with symbols and datasets of strings become numbers.
 */

/** Writes step `step` of an array [.., width] as zeros with a one at `index`. */
export function writeOneHot(inputs: Float32Array, step: number, width: number, index: number): void {
  const from = step * width;
  // A loop, because `fill` costs more than the few zeros of most tasks.
  for (let i = 0; i < width; i++) inputs[from + i] = 0;
  inputs[from + index] = 1;
}
