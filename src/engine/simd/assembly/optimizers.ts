/**
 * Clipping and the five optimisers, in float32, line for line as model/optimizer.ts states them. They run over weights,
 * gradient and slots as flat vectors: all are packed alike, and the zeros that fill up the last group of classes have
 * no gradient and stay zero.
 *
 * Hyper-parameters arrive as float64 and are rounded once, 1 - x after the subtraction, as tfjs does.
 */

enum Kind {
  sgd,
  momentum,
  rmsprop,
  adam,
  adagrad,
}

/** The optimiser of a trainer, chosen once; in memory, for all threads. */
@unmanaged
class Choice {
  kind: Kind;
  /** Nesterov's momentum, or centred rmsprop. */
  isVariant: bool;
  /** Of the gradient's norm; below 0: none. */
  limit: f64;
  learningRate: f64;
  /** Of momentum or rmsprop; beta1 of adam. */
  decay: f64;
  /** Of rmsprop; beta2 of adam. */
  secondDecay: f64;
  epsilon: f64;
}

const choice = changetype<Choice>(memory.data(offsetof<Choice>(), 16));

function choose(kind: Kind, learningRate: f64): void {
  choice.kind = kind;
  choice.learningRate = learningRate;
  choice.limit = -1;
}

/** After an optimiser has been chosen: scales the gradient down to the norm `limit` if it is longer. */
export function clipTo(limit: f64): void {
  choice.limit = limit;
}

export function useSgd(learningRate: f64): void {
  choose(Kind.sgd, learningRate);
}

/** Slots: velocity. */
export function useMomentum(learningRate: f64, momentum: f64, nesterov: bool): void {
  choose(Kind.momentum, learningRate);
  choice.decay = momentum;
  choice.isVariant = nesterov;
}

/** Slots: meanSquare, velocity, and meanGradient if centred. */
export function useRmsprop(learningRate: f64, decay: f64, momentum: f64, epsilon: f64, centered: bool): void {
  choose(Kind.rmsprop, learningRate);
  choice.decay = decay;
  choice.secondDecay = momentum;
  choice.epsilon = epsilon;
  choice.isVariant = centered;
}

/** Slots: mean, variance; besides, `betaPowers`. */
export function useAdam(learningRate: f64, beta1: f64, beta2: f64, epsilon: f64): void {
  choose(Kind.adam, learningRate);
  choice.decay = beta1;
  choice.secondDecay = beta2;
  choice.epsilon = epsilon;
}

/** Slots: accumulator. */
export function useAdagrad(learningRate: f64, epsilon: f64): void {
  choose(Kind.adagrad, learningRate);
  choice.epsilon = epsilon;
}

/** What the gradient is multiplied with. A norm that is not a number makes the gradient so too: a diverged run has to show. */
export function clipFactor(gradient: usize, numbers: i32): f32 {
  if (choice.limit < 0) return 1;
  const norm = sqrt(sumOfSquares(gradient, numbers));
  return norm <= choice.limit ? 1 : <f32>(choice.limit / norm);
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

/** Updates the weights from byte `from` to byte `to`. The slots lie `slotBytes` from one another. */
export function update(
  weights: usize,
  gradient: usize,
  slots: usize,
  slotBytes: usize,
  betaPowers: usize,
  from: usize,
  to: usize,
  factor: f32,
): void {
  const scale = f32x4.splat(factor);
  const second = slots + slotBytes;
  switch (choice.kind) {
    case Kind.sgd:
      return sgd(weights, gradient, from, to, scale);
    case Kind.momentum:
      return momentum(weights, gradient, slots, from, to, scale);
    case Kind.rmsprop:
      return rmsprop(weights, gradient, slots, second, second + slotBytes, from, to, scale);
    case Kind.adam:
      return adam(weights, gradient, slots, second, betaPowers, from, to, scale);
    case Kind.adagrad:
      return adagrad(weights, gradient, slots, from, to, scale);
  }
}

function sgd(weights: usize, gradient: usize, from: usize, to: usize, scale: v128): void {
  const lr = f32x4.splat(<f32>choice.learningRate);
  for (let at = from; at < to; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scale);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(lr, g)));
  }
}

function momentum(weights: usize, gradient: usize, velocity: usize, from: usize, to: usize, scale: v128): void {
  const lr = f32x4.splat(<f32>choice.learningRate);
  const keep = f32x4.splat(<f32>choice.decay);
  const nesterov = choice.isVariant;
  for (let at = from; at < to; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scale);
    const v = f32x4.add(f32x4.mul(keep, v128.load(velocity + at)), g);
    const step = nesterov ? f32x4.add(g, f32x4.mul(keep, v)) : v;
    v128.store(velocity + at, v);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(lr, step)));
  }
}

function rmsprop(
  weights: usize,
  gradient: usize,
  meanSquare: usize,
  velocity: usize,
  meanGradient: usize,
  from: usize,
  to: usize,
  scale: v128,
): void {
  const lr = f32x4.splat(<f32>choice.learningRate);
  const old = f32x4.splat(<f32>choice.decay);
  const fresh = f32x4.splat(<f32>(1 - choice.decay));
  const keep = f32x4.splat(<f32>choice.secondDecay);
  const eps = f32x4.splat(<f32>choice.epsilon);
  const centered = choice.isVariant;
  for (let at = from; at < to; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scale);
    const square = f32x4.add(f32x4.mul(old, v128.load(meanSquare + at)), f32x4.mul(fresh, f32x4.mul(g, g)));
    let variance = square;
    if (centered) {
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

function adam(
  weights: usize,
  gradient: usize,
  mean: usize,
  variance: usize,
  betaPowers: usize,
  from: usize,
  to: usize,
  scale: v128,
): void {
  const lr = f32x4.splat(<f32>choice.learningRate);
  const old1 = f32x4.splat(<f32>choice.decay);
  const fresh1 = f32x4.splat(<f32>(1 - choice.decay));
  const old2 = f32x4.splat(<f32>choice.secondDecay);
  const fresh2 = f32x4.splat(<f32>(1 - choice.secondDecay));
  const eps = f32x4.splat(<f32>choice.epsilon);
  const bias1 = f32x4.splat(1 - load<f32>(betaPowers));
  const bias2 = f32x4.splat(1 - load<f32>(betaPowers, 4));
  for (let at = from; at < to; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scale);
    const m = f32x4.add(f32x4.mul(old1, v128.load(mean + at)), f32x4.mul(fresh1, g));
    const v = f32x4.add(f32x4.mul(old2, v128.load(variance + at)), f32x4.mul(fresh2, f32x4.mul(g, g)));
    const step = f32x4.div(f32x4.div(m, bias1), f32x4.add(f32x4.sqrt(f32x4.div(v, bias2)), eps));
    v128.store(mean + at, m);
    v128.store(variance + at, v);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(lr, step)));
  }
}

/** After a step's whole update. */
export function advanceBetaPowers(betaPowers: usize): void {
  if (choice.kind != Kind.adam) return;
  store<f32>(betaPowers, load<f32>(betaPowers) * <f32>choice.decay);
  store<f32>(betaPowers, load<f32>(betaPowers, 4) * <f32>choice.secondDecay, 4);
}

function adagrad(weights: usize, gradient: usize, accumulator: usize, from: usize, to: usize, scale: v128): void {
  const lr = f32x4.splat(<f32>choice.learningRate);
  const eps = f32x4.splat(<f32>choice.epsilon);
  for (let at = from; at < to; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scale);
    const sum = f32x4.add(v128.load(accumulator + at), f32x4.mul(g, g));
    const step = f32x4.mul(lr, f32x4.div(g, f32x4.sqrt(f32x4.add(sum, eps))));
    v128.store(accumulator + at, sum);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), step));
  }
}
