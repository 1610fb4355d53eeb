/**
 * Arrays of float32 numbers, and how many a shape has.
 */

/** How many numbers an array of this shape has. Infinity and beyond 2^53 where no memory could hold them. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** One behind the other. */
export function joinedArrays(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
