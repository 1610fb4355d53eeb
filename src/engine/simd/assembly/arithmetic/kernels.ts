/**
 * The product that runs along the tiles of eight rows: two vectors each. The other is in outer-products.ts; between
 * them they take most of the time.
 *
 * V8 hoists the loads of a basic block to its start and has 15 vector registers to use: eight sums, six operands and
 * one product fill them, and unrolling further would spill.
 */

/**
 * out[tile][row][8] = Σ_k panels[row / 4][k][row mod 4] · input[tile][k][8], k in ascending order, for `rows` rows,
 * filled up to a multiple of two. `panelStride`, `inputStride` and `outStride` are the bytes from one panel or tile to
 * the next. Tiles are innermost, so that a panel stays in the L1 cache for all of them.
 */
export function multiplyTiles(
  panels: usize,
  panelStride: usize,
  rows: i32,
  depth: i32,
  input: usize,
  inputStride: usize,
  out: usize,
  outStride: usize,
  tiles: i32,
): void {
  for (; rows > 2; rows -= 4) {
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
  if (rows <= 0) return;
  for (let tile = 0; tile < tiles; tile++) {
    multiplyHalfPanel(panels, depth, input, out);
    input += inputStride;
    out += outStride;
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
  for (const end = w + ((<usize>depth) << 4); w < end; w += 16) {
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

/** out [2][8], of the first two columns of a panel: a tiny layer has few rows, and half of them would be padding. */
@inline
function multiplyHalfPanel(panel: usize, depth: i32, input: usize, out: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let w = panel;
  for (const end = w + ((<usize>depth) << 4); w < end; w += 16) {
    const x0 = v128.load(input);
    const x1 = v128.load(input, 16);
    const w0 = v128.load32_splat(w);
    const w1 = v128.load32_splat(w, 4);
    s00 = f32x4.add(s00, f32x4.mul(w0, x0));
    s01 = f32x4.add(s01, f32x4.mul(w0, x1));
    s10 = f32x4.add(s10, f32x4.mul(w1, x0));
    s11 = f32x4.add(s11, f32x4.mul(w1, x1));
    input += 32;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out, s10, 32);
  v128.store(out, s11, 48);
}

/**
 * transposed[row / 4][group·4 + column][row mod 4] = weights[group][row][column]; what stands in the last panel's
 * surplus rows is of no meaning.
 */
export function transpose(weights: usize, groups: i32, depth: i32, transposed: usize, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    let w = weights + ((<usize>row) << 4);
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
      w += (<usize>depth) << 4;
    }
  }
}
