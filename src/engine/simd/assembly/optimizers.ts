/**
 * Clipping and the five optimisers, in float32, line for line as engine/optimizer.ts states them. They run over weights, gradient and slots as flat vectors: all are packed alike, and the zeros
 * that fill up the last group of classes have no gradient and stay zero.
 *
 * Hyper-parameters arrive as float64 and are rounded once, 1 - x after the subtraction, as tfjs does.
 */

/** Scales the gradient down to the norm `limit` if it is longer. A norm that is not a number makes the gradient so too: a diverged run has to show. */
export function clip(gradient: usize, numbers: i32, limit: f64): void {
  const norm = sqrt(sumOfSquares(gradient, numbers));
  if (norm <= limit) return;
  const factor = f32x4.splat(<f32>(limit / norm));
  for (const end = gradient + ((<usize>numbers) << 2); gradient < end; gradient += 16) {
    v128.store(gradient, f32x4.mul(v128.load(gradient), factor));
  }
}

/** In float64, where no square of a float32 overflows or vanishes. */
function sumOfSquares(values: usize, numbers: i32): f64 {
  let sum = f64x2.splat(0);
  for (const end = values + ((<usize>numbers) << 2); values < end; values += 16) {
    const vector = v128.load(values);
    const low = f64x2.promote_low_f32x4(vector);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(vector, vector, 2, 3, 2, 3));
    sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

export function sgd(weights: usize, gradient: usize, numbers: i32, learningRate: f64): void {
  const lr = f32x4.splat(<f32>learningRate);
  for (let at: usize = 0, end = (<usize>numbers) << 2; at < end; at += 16) {
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(lr, v128.load(gradient + at))));
  }
}

export function momentum(
  weights: usize,
  gradient: usize,
  numbers: i32,
  velocity: usize,
  learningRate: f64,
  momentum: f64,
  nesterov: bool,
): void {
  const lr = f32x4.splat(<f32>learningRate);
  const keep = f32x4.splat(<f32>momentum);
  for (let at: usize = 0, end = (<usize>numbers) << 2; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const v = f32x4.add(f32x4.mul(keep, v128.load(velocity + at)), g);
    const step = nesterov ? f32x4.add(g, f32x4.mul(keep, v)) : v;
    v128.store(velocity + at, v);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(lr, step)));
  }
}

/** `meanGradient` is 0 unless centred. */
export function rmsprop(
  weights: usize,
  gradient: usize,
  numbers: i32,
  meanSquare: usize,
  velocity: usize,
  meanGradient: usize,
  learningRate: f64,
  decay: f64,
  momentum: f64,
  epsilon: f64,
): void {
  const lr = f32x4.splat(<f32>learningRate);
  const old = f32x4.splat(<f32>decay);
  const fresh = f32x4.splat(<f32>(1 - decay));
  const keep = f32x4.splat(<f32>momentum);
  const eps = f32x4.splat(<f32>epsilon);
  for (let at: usize = 0, end = (<usize>numbers) << 2; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const square = f32x4.add(f32x4.mul(old, v128.load(meanSquare + at)), f32x4.mul(fresh, f32x4.mul(g, g)));
    let variance = square;
    if (meanGradient != 0) {
      const mean = f32x4.add(f32x4.mul(old, v128.load(meanGradient + at)), f32x4.mul(fresh, g));
      v128.store(meanGradient + at, mean);
      variance = f32x4.sub(square, f32x4.mul(mean, mean));
    }
    const step = f32x4.div(f32x4.mul(lr, g), f32x4.sqrt(f32x4.add(variance, eps)));
    const v = f32x4.add(f32x4.mul(keep, v128.load(velocity + at)), step);
    v128.store(meanSquare + at, square);
    v128.store(velocity + at, v);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), v));
  }
}

/** `betaPowers` [2] are multiplied by the betas after the update. */
export function adam(
  weights: usize,
  gradient: usize,
  numbers: i32,
  mean: usize,
  variance: usize,
  betaPowers: usize,
  learningRate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
): void {
  const lr = f32x4.splat(<f32>learningRate);
  const old1 = f32x4.splat(<f32>beta1);
  const fresh1 = f32x4.splat(<f32>(1 - beta1));
  const old2 = f32x4.splat(<f32>beta2);
  const fresh2 = f32x4.splat(<f32>(1 - beta2));
  const eps = f32x4.splat(<f32>epsilon);
  const bias1 = f32x4.splat(1 - load<f32>(betaPowers));
  const bias2 = f32x4.splat(1 - load<f32>(betaPowers, 4));
  for (let at: usize = 0, end = (<usize>numbers) << 2; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(old1, v128.load(mean + at)), f32x4.mul(fresh1, g));
    const v = f32x4.add(f32x4.mul(old2, v128.load(variance + at)), f32x4.mul(fresh2, f32x4.mul(g, g)));
    const step = f32x4.div(f32x4.div(m, bias1), f32x4.add(f32x4.sqrt(f32x4.div(v, bias2)), eps));
    v128.store(mean + at, m);
    v128.store(variance + at, v);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(lr, step)));
  }
  store<f32>(betaPowers, load<f32>(betaPowers) * <f32>beta1);
  store<f32>(betaPowers, load<f32>(betaPowers, 4) * <f32>beta2, 4);
}

export function adagrad(
  weights: usize,
  gradient: usize,
  numbers: i32,
  accumulator: usize,
  learningRate: f64,
  epsilon: f64,
): void {
  const lr = f32x4.splat(<f32>learningRate);
  const eps = f32x4.splat(<f32>epsilon);
  for (let at: usize = 0, end = (<usize>numbers) << 2; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const sum = f32x4.add(v128.load(accumulator + at), f32x4.mul(g, g));
    v128.store(accumulator + at, sum);
    v128.store(
      weights + at,
      f32x4.sub(v128.load(weights + at), f32x4.mul(lr, f32x4.div(g, f32x4.sqrt(f32x4.add(sum, eps))))),
    );
  }
}
