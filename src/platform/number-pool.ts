/**
 * Memory for few numbers that are soon forgotten: an array of its own costs more than to fill it. As with Node's pool of
 * buffers, an array that is kept keeps all of its slab.
 */
const slabNumbers = 2 ** 14;
/** More than these get memory of their own. */
const mostPooled = slabNumbers / 8;

let slab = new Float32Array(slabNumbers);
let used = 0;

/** So many zeros. */
export function numbersOfPool(count: number): Float32Array {
  if (count > mostPooled) return new Float32Array(count);
  if (used + count > slabNumbers) {
    slab = new Float32Array(slabNumbers);
    used = 0;
  }
  used += count;
  return slab.subarray(used - count, used);
}
