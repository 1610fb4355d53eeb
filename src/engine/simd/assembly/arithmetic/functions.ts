/**
 * exp, tanh, the logistic function and ln on vectors of four float32, from + - * / alone: the same bits on every
 * machine. How they were derived is told in docs/engine-simd.md.
 *
 * Constants are loaded into locals before each loop: V8 of Node 24 rebuilds a v128.const at every use.
 */

/**
 * tanh(x) = x·P(x²)/Q(x²) for |x| ≤ 9: p1 .. p4, q1 .. q4 (p0 = q0 = 1). Least relative error (2e-8 before rounding),
 * by an iteratively reweighted fit. At 8.9, where x is cut off, the quotient is 1 to the bit: a saturated gate has no
 * gradient, however large its input.
 */
const tanhCoefficients = memory.data<f32>([
  0.13383971, 3.498986e-3, 2.0661097e-5, 1.34196005e-8, 0.46717292, 2.5890168e-2, 3.291022e-4, 7.804637e-7,
]);
const saturation: f32 = 8.9;

/**
 * What `squash` makes of each lane: tanh, or the logistic function σ(x) = ½ + ½·tanh(x/2), or, for the gates i, f, o, g
 * of one unit, σ of three and tanh of one.
 */
export const tanhTable: usize = memory.data(13 * 16, 16);
export const sigmoidTable: usize = memory.data(13 * 16, 16);
export const gatesTable: usize = memory.data(13 * 16, 16);

for (let lane: usize = 0; lane < 16; lane += 4) {
  fillTable(tanhTable + lane, 1);
  fillTable(sigmoidTable + lane, 0.5);
  fillTable(gatesTable + lane, lane < 12 ? 0.5 : 1);
}

/** One lane of a table: the coefficients of scale·tanh(scale·x) + 1 - scale. Scales are powers of two, so nothing is rounded. */
function fillTable(lane: usize, scale: f32): void {
  store<f32>(lane, saturation / scale);
  store<f32>(lane, -saturation / scale, 16);
  let factor = scale * scale;
  store<f32>(lane, factor, 32);
  store<f32>(lane, 1, 112);
  store<f32>(lane, 1 - scale, 192);
  for (let k: usize = 0; k < 4; k++) {
    store<f32>(lane + (k << 4), load<f32>(tanhCoefficients + (k << 2), 16) * factor, 128);
    factor *= scale * scale;
    store<f32>(lane + (k << 4), load<f32>(tanhCoefficients + (k << 2)) * factor, 48);
  }
}

/**
 * target = the table's function of source, over `runs` runs of `pairs` pairs of vectors; `stride` bytes lie between the
 * starts of runs. Source and target may be the same. Relative error of tanh 3.5e-7, absolute error of σ 2e-7; what is
 * not a number stays so.
 */
export function squash(table: usize, source: usize, target: usize, runs: i32, pairs: i32, stride: usize): void {
  const bound = v128.load(table);
  const negativeBound = v128.load(table, 16);
  const p0 = v128.load(table, 32);
  const p1 = v128.load(table, 48);
  const p2 = v128.load(table, 64);
  const p3 = v128.load(table, 80);
  const p4 = v128.load(table, 96);
  const q0 = v128.load(table, 112);
  const q1 = v128.load(table, 128);
  const q2 = v128.load(table, 144);
  const q3 = v128.load(table, 160);
  const q4 = v128.load(table, 176);
  const shift = v128.load(table, 192);
  for (let run = 0; run < runs; run++) {
    for (let at: usize = 0, end = (<usize>pairs) << 5; at < end; at += 32) {
      const x0 = v128.load(source + at);
      const x1 = v128.load(source + at, 16);
      const y0 = quotient(x0, bound, negativeBound, p0, p1, p2, p3, p4, q0, q1, q2, q3, q4);
      const y1 = quotient(x1, bound, negativeBound, p0, p1, p2, p3, p4, q0, q1, q2, q3, q4);
      v128.store(target + at, f32x4.add(y0, shift));
      v128.store(target + at, f32x4.add(y1, shift), 16);
    }
    source += stride;
    target += stride;
  }
}

/** y·P(y²)/Q(y²), y being x between the bounds, each polynomial by Estrin's scheme. */
@inline
function quotient(
  x: v128,
  bound: v128,
  negativeBound: v128,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
  p4: v128,
  q0: v128,
  q1: v128,
  q2: v128,
  q3: v128,
  q4: v128,
): v128 {
  // pmin and pmax hand on their first argument when it is not a number.
  const y = f32x4.pmax(f32x4.pmin(x, bound), negativeBound);
  const u = f32x4.mul(y, y);
  const u2 = f32x4.mul(u, u);
  const p = f32x4.add(
    f32x4.add(p0, f32x4.mul(u, p1)),
    f32x4.mul(u2, f32x4.add(f32x4.add(p2, f32x4.mul(u, p3)), f32x4.mul(u2, p4))),
  );
  const q = f32x4.add(
    f32x4.add(q0, f32x4.mul(u, q1)),
    f32x4.mul(u2, f32x4.add(f32x4.add(q2, f32x4.mul(u, q3)), f32x4.mul(u2, q4))),
  );
  return f32x4.div(f32x4.mul(y, p), q);
}

/**
 * log2(e); ln 2 in two parts, of which the first has few digits, so that n times it is exact; a number that rounds what
 * is added to it to an integer; 1; the bounds of x.
 */
const reduction = memory.data<f32>([1.4426950408889634, 0.693359375, -2.1219444e-4, 12582912.0, 1, 88, -87]);
/** 1/2! .. 1/7!: Taylor's series, whose next term is below 6e-9 for |r| ≤ ln(2)/2. */
const expCoefficients = memory.data<f32>([
  0.5, 0.16666666666666666, 0.041666666666666664, 0.008333333333333333, 0.001388888888888889, 0.0001984126984126984,
]);

/**
 * exp of `vectors` vectors in place: exp(x) = 2^n·exp(r), n = round(x / ln 2), r = x - n·ln 2 (Cody & Waite 1980).
 * Relative error 2e-7 for -87 ≤ x ≤ 88; beyond, the value at the bound.
 */
export function exponential(values: usize, vectors: i32): void {
  const log2e = v128.load32_splat(reduction);
  const ln2High = v128.load32_splat(reduction, 4);
  const ln2Low = v128.load32_splat(reduction, 8);
  const rounder = v128.load32_splat(reduction, 12);
  const one = v128.load32_splat(reduction, 16);
  const c2 = v128.load32_splat(expCoefficients);
  const c3 = v128.load32_splat(expCoefficients, 4);
  const c4 = v128.load32_splat(expCoefficients, 8);
  const c5 = v128.load32_splat(expCoefficients, 12);
  const c6 = v128.load32_splat(expCoefficients, 16);
  const c7 = v128.load32_splat(expCoefficients, 20);
  const largest = v128.load32_splat(reduction, 20);
  const smallest = v128.load32_splat(reduction, 24);
  for (const end = values + ((<usize>vectors) << 4); values < end; values += 16) {
    const x = f32x4.pmax(f32x4.pmin(v128.load(values), largest), smallest);
    // The sum's last mantissa bits are n, because its unit in the last place is 1.
    const shifted = f32x4.add(f32x4.mul(x, log2e), rounder);
    const n = f32x4.sub(shifted, rounder);
    const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, ln2High)), f32x4.mul(n, ln2Low));
    const r2 = f32x4.mul(r, r);
    const low = f32x4.add(c2, f32x4.mul(r, c3));
    const high = f32x4.add(f32x4.add(c4, f32x4.mul(r, c5)), f32x4.mul(r2, f32x4.add(c6, f32x4.mul(r, c7))));
    const series = f32x4.add(f32x4.mul(r2, f32x4.add(low, f32x4.mul(r2, high))), r);
    const power = i32x4.add(i32x4.shl(shifted, 23), one);
    v128.store(values, f32x4.mul(f32x4.add(series, one), power));
  }
}

/**
 * ln of four normal numbers ≥ 1: x = 2^n·m with m in [√½, √2), ln m = 2·artanh(s), s = (m-1)/(m+1), by the series s +
 * s³/3 + s⁵/5 + … up to s⁹ (the next term is below 4e-10). Absolute error 2e-7 up to e, relative error 2e-7 beyond.
 * What is infinite or not a number becomes not a number.
 */
@inline
export function logarithm(x: v128): v128 {
  const one = f32x4.splat(1);
  const rootHalf = i32x4.splat(0x3f3504f3);
  const n = i32x4.shr_s(i32x4.sub(x, rootHalf), 23);
  const m = i32x4.sub(x, i32x4.shl(n, 23));
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const s2 = f32x4.mul(s, s);
  const tail = f32x4.add(
    f32x4.splat(0.4),
    f32x4.mul(s2, f32x4.add(f32x4.splat(0.2857142857), f32x4.mul(s2, f32x4.splat(0.2222222222)))),
  );
  const series = f32x4.mul(
    s,
    f32x4.add(f32x4.splat(2), f32x4.mul(s2, f32x4.add(f32x4.splat(0.6666666667), f32x4.mul(s2, tail)))),
  );
  // The integer arithmetic above makes a number of everything: x - x brings back what is none.
  return f32x4.add(f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(n), f32x4.splat(0.6931471806)), series), f32x4.sub(x, x));
}

/** `logarithm` over `vectors` vectors in place: only the tests call it. */
export function logarithms(values: usize, vectors: i32): void {
  for (const end = values + ((<usize>vectors) << 4); values < end; values += 16)
    v128.store(values, logarithm(v128.load(values)));
}
