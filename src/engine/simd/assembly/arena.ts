/**
 * The one memory of an instance: blocks are laid out one after the other before any of them is used, then the memory
 * grows once. Nothing is ever freed but the whole instance.
 */

/** 64-bit, so that a plan beyond the 4 GiB of wasm32 is seen instead of wrapping round. */
let end: u64 = <u64>__heap_base;

const pageBytes: u64 = 65536;

/** Plans a block of `bytes`, aligned to a cache line. Its memory is zero, and is there only after `commit`. */
export function plan(bytes: u64): usize {
  const start = (end + 63) & ~63;
  end = start + bytes;
  return <usize>start;
}

/** Plans a block of 4-byte numbers. */
export function planNumbers(count: u64): usize {
  return plan(count << 2);
}

/** Bytes planned so far. */
export function plannedBytes(): f64 {
  return <f64>end;
}

/** Makes all that was planned usable. False: it does not fit into this instance, or the machine has not got it. */
export function commit(): bool {
  // Kernels may read up to one panel row beyond the last block.
  const pages = (end + 64 + pageBytes - 1) / pageBytes;
  if (pages > 65536) return false;
  const present = <u64>memory.size();
  return pages <= present || memory.grow(<i32>(pages - present)) >= 0;
}
