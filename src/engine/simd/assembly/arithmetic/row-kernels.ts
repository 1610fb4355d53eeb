/**
 * What a predictor does with vectors of numbers: the products and copies of a single row.
 */

/**
 * out[group][4] = Σ_k weights[group][k][4] · input[k], k in ascending order. Four groups at a time, because each sum
 * has to wait for its own last addition.
 */
export function multiplyVector(weights: usize, groups: i32, depth: i32, input: usize, out: usize): void {
  const panel = (<usize>depth) << 4;
  for (; groups >= 4; groups -= 4) {
    multiplyFour(weights, panel, input, out);
    weights += panel * 4;
    out += 64;
  }
  for (; groups > 0; groups--) {
    multiplyOne(weights, panel, input, out);
    weights += panel;
    out += 16;
  }
}

@inline
function multiplyFour(weights: usize, panel: usize, input: usize, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const end = weights + panel; weights < end; weights += 16) {
    const x = v128.load32_splat(input);
    s0 = f32x4.add(s0, f32x4.mul(v128.load(weights), x));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(weights + panel), x));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(weights + panel * 2), x));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(weights + panel * 3), x));
    input += 4;
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

@inline
function multiplyOne(weights: usize, panel: usize, input: usize, out: usize): void {
  let sum = f32x4.splat(0);
  for (const end = weights + panel; weights < end; weights += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(weights), v128.load32_splat(input)));
    input += 4;
  }
  v128.store(out, sum);
}

/** values = values·factors, for `count` numbers, filled up to a multiple of four. */
export function multiplyNumbers(values: usize, factors: usize, count: i32): void {
  for (const end = values + ((<usize>count) << 2); values < end; values += 16) {
    v128.store(values, f32x4.mul(v128.load(values), v128.load(factors)));
    factors += 16;
  }
}

export function copyNumbers(from: usize, to: usize, count: i32): void {
  for (const end = from + ((<usize>count) << 2); from < end; from += 4) {
    store<f32>(to, load<f32>(from));
    to += 4;
  }
}
