/**
 * The three products that nearly all time goes into. A tile is eight rows of a batch side by side: two vectors.
 *
 * V8 hoists the loads of a basic block to its start and has 15 vector registers to use: eight sums, six operands and one product fill them, and unrolling further would spill.
 */

/**
 * out[tile][panel][4][8] = Σ_k panels[panel][k][4] · input[tile][k][8], k in ascending order.
 * `panelStride`, `inputStride` and `outStride` are the bytes from one panel or tile to the next. Tiles are innermost, so that a panel stays in the L1 cache for all of them.
 */
export function multiplyTiles(
  panels: usize,
  panelStride: usize,
  panelCount: i32,
  depth: i32,
  input: usize,
  inputStride: usize,
  out: usize,
  outStride: usize,
  tiles: i32,
): void {
  for (let p = 0; p < panelCount; p++) {
    let x = input;
    let y = out;
    for (let tile = 0; tile < tiles; tile++) {
      multiplyPanel(panels, depth, x, y);
      x += inputStride;
      y += outStride;
    }
    panels += panelStride;
    out += 128;
  }
}

/** out [4][8] = Σ_k panel[k][4] · input[k][8] */
@inline
function multiplyPanel(panel: usize, depth: i32, input: usize, out: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  let w = panel;
  for (const end = w + (<usize>depth << 4); w < end; w += 16) {
    const x0 = v128.load(input);
    const x1 = v128.load(input, 16);
    const w0 = v128.load32_splat(w);
    const w1 = v128.load32_splat(w, 4);
    const w2 = v128.load32_splat(w, 8);
    const w3 = v128.load32_splat(w, 12);
    s00 = f32x4.add(s00, f32x4.mul(w0, x0));
    s01 = f32x4.add(s01, f32x4.mul(w0, x1));
    s10 = f32x4.add(s10, f32x4.mul(w1, x0));
    s11 = f32x4.add(s11, f32x4.mul(w1, x1));
    s20 = f32x4.add(s20, f32x4.mul(w2, x0));
    s21 = f32x4.add(s21, f32x4.mul(w2, x1));
    s30 = f32x4.add(s30, f32x4.mul(w3, x0));
    s31 = f32x4.add(s31, f32x4.mul(w3, x1));
    input += 32;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out, s10, 32);
  v128.store(out, s11, 48);
  v128.store(out, s20, 64);
  v128.store(out, s21, 80);
  v128.store(out, s30, 96);
  v128.store(out, s31, 112);
}

/** The most tiles that `outerProducts` works on at a time, so that their inputs stay in the L2 cache. */
const chunkTiles = 64;
/** The number of groups from which on it pays to lay the inputs of a chunk out for them first. */
const manyGroups = 16;

/** Bytes that `outerProducts` needs for itself. */
export function outerProductsScratch(depth: i32): u64 {
  return chunkTiles * (128 + 32 * (<u64>depth + 1));
}

/**
 * gradient[group][k][4] = Σ_s Σ_row input[s][k][row] · dz[s][group][4][row], over `count` tiles s of eight rows.
 *
 * The sum runs over the rows of the batch and over time, so it can wait until both passes are done, and then is one large product. It is cut into chunks of s, and the operands of a chunk
 * are copied together: where they lie, the next s is a power of two away, and all would fall into the same few cache sets. The order of the sum depends on the sizes alone.
 */
export function outerProducts(gradient: usize, groups: i32, depth: i32, input: usize, dz: usize, dzStride: usize, count: i32, scratch: usize): void {
  const inputStride = <usize>depth << 5;
  const chunk = evenChunk(count);
  const inputScratch = scratch + chunkTiles * 128;
  for (let first = 0; first < count; first += chunk) {
    const length = min(chunk, count - first);
    const x = input + <usize>first * inputStride;
    let d = dz + <usize>first * dzStride;
    let out = gradient;
    const packs = groups >= manyGroups;
    if (packs) gatherPairs(x, depth, length, inputScratch);
    for (let group = 0; group < groups; group++) {
      if (packs) {
        gather(d, dzStride, 128, length, scratch);
        outerProductsOfGroup(scratch, 128, inputScratch, 64, <usize>length << 6, depth, length, out, first > 0);
      } else {
        outerProductsOfGroup(d, dzStride, x, inputStride, 64, depth, length, out, first > 0);
      }
      d += 128;
      out += <usize>depth << 4;
    }
  }
}

/** The length of equal chunks, because a short last one would cost as much as a long one. */
function evenChunk(count: i32): i32 {
  const chunks = (count + chunkTiles - 1) / chunkTiles;
  return (count + chunks - 1) / chunks;
}

/** [s][K][8] → [K/2][s][2][8]. An odd K's last pair has a second half of no meaning. */
function gatherPairs(input: usize, depth: i32, count: i32, to: usize): void {
  for (let k = 0; k < depth; k += 2) {
    gather(input + (<usize>k << 5), <usize>depth << 5, 64, count, to);
    to += <usize>count << 6;
  }
}

/** Copies `count` pieces of `bytes`, each `stride` after the one before, to lie side by side. */
@inline
function gather(from: usize, stride: usize, bytes: usize, count: i32, to: usize): void {
  for (let s = 0; s < count; s++) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
    from += stride;
    to += bytes;
  }
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

/** out [2][4] of two neighbouring k; added to what is there if `adds`. One half of a tile after the other, to need no more than six operands at a time. */
@inline
function outerProductPair(dz: usize, dzStride: usize, input: usize, inputStride: usize, count: i32, out: usize, adds: bool): void {
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
function outerProduct(dz: usize, dzStride: usize, input: usize, inputStride: usize, count: i32, out: usize, adds: bool): void {
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

/** transposed[row / 4][group·4 + column][row mod 4] = weights[group][row][column]; what stands in the last panel's surplus rows is of no meaning. */
export function transpose(weights: usize, groups: i32, depth: i32, transposed: usize, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    let w = weights + (<usize>row << 4);
    for (let group = 0; group < groups; group++) {
      const a = v128.load(w);
      const b = v128.load(w, 16);
      const c = v128.load(w, 32);
      const d = v128.load(w, 48);
      const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(transposed, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
      v128.store(transposed, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), 16);
      v128.store(transposed, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), 32);
      v128.store(transposed, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), 48);
      transposed += 64;
      w += <usize>depth << 4;
    }
  }
}
