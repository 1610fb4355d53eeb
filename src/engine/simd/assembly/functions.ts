/**
 * exp, tanh, the logistic function and ln on vectors of four float32, from + - * / alone: the same bits on every machine. How they were derived is told in docs/engine-simd.md.
 *
 * Constants are loaded into locals before each loop: V8 of Node 24 rebuilds a v128.const at every use.
 */

/**
 * tanh(x) = x·P(x²)/Q(x²) for |x| ≤ 9: p1 .. p4, q1 .. q4 (p0 = q0 = 1), then the bounds of x. Least relative error (2e-8 before rounding), by an iteratively reweighted fit.
 * At the bound the quotient is 1 to the bit: a saturated gate has no gradient, however large its input.
 */
const tanhCoefficients = memory.data<f32>([
  0.13383971, 3.498986e-3, 2.0661097e-5, 1.34196005e-8,
  0.46717292, 2.5890168e-2, 3.291022e-4, 7.804637e-7,
  8.9, -8.9,
]);

/**
 * Patterns of `squash`: the scale of pair n of a run is number n mod 4 of four vectors.
 * Scale ½ makes the logistic function, for σ(x) = ½ + ½·tanh(x/2); scale 1 makes tanh.
 */
export const plainTanh: usize = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 16);
/** For gates laid out [unit][i, f, g, o][8 rows]. */
export const gatesByVector: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5], 16);
/** For gates laid out [unit][i, f, g, o]. */
export const gatesByLane: usize = memory.data<f32>([0.5, 0.5, 1, 0.5, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 1, 0.5], 16);

/**
 * target = scale·tanh(scale·source) + 1 - scale, over `pairs` pairs of vectors; source and target may be the same.
 * Relative error of tanh 3.5e-7, absolute error of σ 2e-7; what is not a number stays so.
 */
export function squash(source: usize, target: usize, pairs: i32, pattern: usize): void {
  const p1 = v128.load32_splat(tanhCoefficients);
  const p2 = v128.load32_splat(tanhCoefficients, 4);
  const p3 = v128.load32_splat(tanhCoefficients, 8);
  const p4 = v128.load32_splat(tanhCoefficients, 12);
  const q1 = v128.load32_splat(tanhCoefficients, 16);
  const q2 = v128.load32_splat(tanhCoefficients, 20);
  const q3 = v128.load32_splat(tanhCoefficients, 24);
  const q4 = v128.load32_splat(tanhCoefficients, 28);
  const bound = v128.load32_splat(tanhCoefficients, 32);
  const negativeBound = v128.load32_splat(tanhCoefficients, 36);
  const one = v128.load32_splat(plainTanh);
  for (let n = 0; n < pairs; n++) {
    const scale = v128.load(pattern + ((n & 3) << 4));
    const shift = f32x4.sub(one, scale);
    const tanh0 = tanh(f32x4.mul(v128.load(source), scale), bound, negativeBound, one, p1, p2, p3, p4, q1, q2, q3, q4);
    const tanh1 = tanh(f32x4.mul(v128.load(source, 16), scale), bound, negativeBound, one, p1, p2, p3, p4, q1, q2, q3, q4);
    v128.store(target, f32x4.add(f32x4.mul(tanh0, scale), shift));
    v128.store(target, f32x4.add(f32x4.mul(tanh1, scale), shift), 16);
    source += 32;
    target += 32;
  }
}

@inline
function tanh(y: v128, bound: v128, negativeBound: v128, one: v128, p1: v128, p2: v128, p3: v128, p4: v128, q1: v128, q2: v128, q3: v128, q4: v128): v128 {
  // pmin and pmax hand on their first argument when it is not a number.
  const x = f32x4.pmax(f32x4.pmin(y, bound), negativeBound);
  const u = f32x4.mul(x, x);
  const u2 = f32x4.mul(u, u);
  const p = f32x4.add(
    f32x4.add(one, f32x4.mul(u, p1)),
    f32x4.mul(u2, f32x4.add(f32x4.add(p2, f32x4.mul(u, p3)), f32x4.mul(u2, p4))),
  );
  const q = f32x4.add(
    f32x4.add(one, f32x4.mul(u, q1)),
    f32x4.mul(u2, f32x4.add(f32x4.add(q2, f32x4.mul(u, q3)), f32x4.mul(u2, q4))),
  );
  return f32x4.div(f32x4.mul(x, p), q);
}

/** log2(e); ln 2 in two parts, of which the first has few digits, so that n times it is exact; a number that rounds what is added to it to an integer; 1; the bounds of x. */
const reduction = memory.data<f32>([1.4426950408889634, 0.693359375, -2.12194440e-4, 12582912.0, 1, 88, -87]);
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
  for (const end = values + (<usize>vectors << 4); values < end; values += 16) {
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
 * ln of four normal numbers ≥ 1: x = 2^n·m with m in [√½, √2), ln m = 2·artanh(s), s = (m-1)/(m+1), by the series s + s³/3 + s⁵/5 + … up to s⁹ (the next term is below 4e-10).
 * Absolute error 2e-7 up to e, relative error 2e-7 beyond. What is infinite or not a number becomes not a number.
 */
@inline
export function logarithm(x: v128): v128 {
  const one = f32x4.splat(1);
  const rootHalf = i32x4.splat(0x3f3504f3);
  const n = i32x4.shr_s(i32x4.sub(x, rootHalf), 23);
  const m = i32x4.sub(x, i32x4.shl(n, 23));
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const s2 = f32x4.mul(s, s);
  const tail = f32x4.add(f32x4.splat(0.4), f32x4.mul(s2, f32x4.add(f32x4.splat(0.2857142857), f32x4.mul(s2, f32x4.splat(0.2222222222)))));
  const series = f32x4.mul(s, f32x4.add(f32x4.splat(2), f32x4.mul(s2, f32x4.add(f32x4.splat(0.6666666667), f32x4.mul(s2, tail)))));
  // The integer arithmetic above makes a number of everything: x - x brings back what is none.
  return f32x4.add(f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(n), f32x4.splat(0.6931471806)), series), f32x4.sub(x, x));
}

/** `logarithm` over `vectors` vectors in place: only the tests call it. */
export function logarithms(values: usize, vectors: i32): void {
  for (const end = values + (<usize>vectors << 4); values < end; values += 16) v128.store(values, logarithm(v128.load(values)));
}
