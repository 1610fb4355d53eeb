/**
 * The gradient of a layer's weights: the product that sums over rows and time. Eight sums and six operands at a time,
 * for the reason given in kernels.ts.
 */

import { Layer } from '../model';
import { giveSign } from '../threads';

/** The most tiles that `outerProducts` works on at a time, so that their inputs stay in the L2 cache. */
const chunkTiles = 64;
/** The number of groups from which on it pays to lay the inputs of a chunk out for them first. */
const manyGroups = 16;

/** Bytes that `outerProducts` needs for itself. */
export function outerProductsScratch(depth: i32): u64 {
  return chunkTiles * (128 + 32 * (<u64>depth + 1));
}

/**
 * gradient[group][k][4] = Σ_s Σ_row joined[s][k][row] · gates[s][group][4][row], over `count` tiles s of eight rows,
 * for the groups `first` .. `end`-1 of a layer.
 *
 * The sum runs over the rows of the batch and over time, so it can wait until both passes are done, and then is one
 * large product. It is cut into chunks of s, and the operands of a chunk are copied together: where they lie, the next
 * s is a power of two away, and all would fall into the same few cache sets. The order of the sum depends on the sizes
 * alone.
 */
export function outerProducts(layer: Layer, first: i32, end: i32, count: i32, scratch: usize): void {
  const depth = layer.depth;
  const inputStride = (<usize>depth) << 5;
  const dzStride = (<usize>layer.groups) << 7;
  const chunk = evenChunk(count);
  const packs = end - first >= manyGroups;
  const inputScratch = scratch + chunkTiles * 128;
  for (let s = 0; s < count; s += chunk) {
    const length = min(chunk, count - s);
    const x = layer.joined + <usize>s * inputStride;
    let d = layer.gates + <usize>s * dzStride + ((<usize>first) << 7);
    let out = layer.gradient + <usize>first * ((<usize>depth) << 4);
    if (packs) gatherPairs(x, depth, length, inputScratch);
    for (let group = first; group < end; group++) {
      if (packs) {
        gatherGroup(d, dzStride, length, scratch);
        outerProductsOfGroup(scratch, 128, inputScratch, 64, (<usize>length) << 6, depth, length, out, s > 0);
      } else {
        outerProductsOfGroup(d, dzStride, x, inputStride, 64, depth, length, out, s > 0);
      }
      d += 128;
      out += (<usize>depth) << 4;
    }
    giveSign();
  }
}

/** The length of equal chunks, because a short last one would cost as much as a long one. */
function evenChunk(count: i32): i32 {
  const chunks = (count + chunkTiles - 1) / chunkTiles;
  return (count + chunks - 1) / chunks;
}

/** [s][K][8] → [K/2][s][2][8]. An odd K's last pair has a second half of no meaning. */
function gatherPairs(input: usize, depth: i32, count: i32, to: usize): void {
  const stride = (<usize>depth) << 5;
  for (let k = 0; k < depth; k += 2) {
    let from = input + ((<usize>k) << 5);
    for (let s = 0; s < count; s++) {
      copyLine(from, to);
      from += stride;
      to += 64;
    }
  }
}

/** [s][groups][4][8] → [s][4][8] of one group. */
function gatherGroup(dz: usize, stride: usize, count: i32, to: usize): void {
  for (let s = 0; s < count; s++) {
    copyLine(dz, to);
    copyLine(dz + 64, to + 64);
    dz += stride;
    to += 128;
  }
}

/** Copies the 64 bytes of a cache line. */
@inline
function copyLine(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** out [K][4] of one group; `inputStride` bytes lie between the tiles, `pairStride` between one pair of k and the next. */
function outerProductsOfGroup(
  dz: usize,
  dzStride: usize,
  input: usize,
  inputStride: usize,
  pairStride: usize,
  depth: i32,
  count: i32,
  out: usize,
  adds: bool,
): void {
  for (let k = 0; k + 1 < depth; k += 2) {
    outerProductPair(dz, dzStride, input, inputStride, count, out, adds);
    input += pairStride;
    out += 32;
  }
  if (depth & 1) outerProduct(dz, dzStride, input, inputStride, count, out, adds);
}

/**
 * out [2][4] of two neighbouring k; added to what is there if `adds`. One half of a tile after the other, to need no
 * more than six operands at a time.
 */
@inline
function outerProductPair(
  dz: usize,
  dzStride: usize,
  input: usize,
  inputStride: usize,
  count: i32,
  out: usize,
  adds: bool,
): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s02 = f32x4.splat(0);
  let s03 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s12 = f32x4.splat(0);
  let s13 = f32x4.splat(0);
  for (let half: usize = 0; half < 32; half += 16) {
    let d = dz + half;
    let x = input + half;
    for (let s = 0; s < count; s++) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 32);
      const d0 = v128.load(d);
      const d1 = v128.load(d, 32);
      const d2 = v128.load(d, 64);
      const d3 = v128.load(d, 96);
      s00 = f32x4.add(s00, f32x4.mul(d0, x0));
      s01 = f32x4.add(s01, f32x4.mul(d1, x0));
      s02 = f32x4.add(s02, f32x4.mul(d2, x0));
      s03 = f32x4.add(s03, f32x4.mul(d3, x0));
      s10 = f32x4.add(s10, f32x4.mul(d0, x1));
      s11 = f32x4.add(s11, f32x4.mul(d1, x1));
      s12 = f32x4.add(s12, f32x4.mul(d2, x1));
      s13 = f32x4.add(s13, f32x4.mul(d3, x1));
      d += dzStride;
      x += inputStride;
    }
  }
  storeSums(out, s00, s01, s02, s03, adds);
  storeSums(out + 16, s10, s11, s12, s13, adds);
}

/** out [4] of one k, the last of an odd depth. */
@inline
function outerProduct(
  dz: usize,
  dzStride: usize,
  input: usize,
  inputStride: usize,
  count: i32,
  out: usize,
  adds: bool,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let half: usize = 0; half < 32; half += 16) {
    let d = dz + half;
    let x = input + half;
    for (let s = 0; s < count; s++) {
      const x0 = v128.load(x);
      s0 = f32x4.add(s0, f32x4.mul(v128.load(d), x0));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(d, 32), x0));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(d, 64), x0));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(d, 96), x0));
      d += dzStride;
      x += inputStride;
    }
  }
  storeSums(out, s0, s1, s2, s3, adds);
}

/** out [4] = (+=, if `adds`) the sum of each vector's lanes, by transposing the four. */
@inline
function storeSums(out: usize, a: v128, b: v128, c: v128, d: v128, adds: bool): void {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  let sums = f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  if (adds) sums = f32x4.add(v128.load(out), sums);
  v128.store(out, sums);
}
