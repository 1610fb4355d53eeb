/**
 * The update of the reference engine in float64: clipping, then the optimiser, line for line as `model/optimizer.ts` states them.
 */
import { initialSlots, type Optimizer, unknownOptimizer } from '../../model/optimizer.ts';

export type Slots64 = Record<string, Float64Array>;

/** The slots an optimiser starts with. Unlike `initialSlots` they are not rounded to float32, which matters for adam's beta powers. */
export function initialSlots64(optimizer: Optimizer, parameters: number): Slots64 {
  const slots: Slots64 = {};
  for (const [name, values] of Object.entries(initialSlots(optimizer, parameters))) {
    slots[name] = Float64Array.from(values);
  }
  if (optimizer.type === 'adam') slots.betaPowers = Float64Array.of(optimizer.beta1, optimizer.beta2);
  if (optimizer.type === 'adagrad') slots.accumulator.fill(optimizer.initialAccumulator);
  return slots;
}

/** One update, in place, of `weights` and `slots`. `gradient` is not yet clipped, and stays as it is. */
export function update(optimizer: Optimizer, weights: Float64Array, slots: Slots64, gradient: Float64Array): void {
  const clipped = clip(gradient, optimizer.clipNorm);
  switch (optimizer.type) {
    case 'sgd':
      sgd(optimizer, weights, clipped);
      break;
    case 'momentum':
      momentum(optimizer, weights, slots, clipped);
      break;
    case 'rmsprop':
      rmsprop(optimizer, weights, slots, clipped);
      break;
    case 'adam':
      adam(optimizer, weights, slots, clipped);
      break;
    case 'adagrad':
      adagrad(optimizer, weights, slots, clipped);
      break;
    default:
      throw unknownOptimizer(optimizer);
  }
}

/** The gradient, scaled down to the norm if it is longer. */
export function clip(gradient: Float64Array, clipNorm: number | null): Float64Array {
  if (clipNorm === null) return gradient;
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  // Written so that a norm which is not a number makes every weight one: a diverged run has to show.
  return norm <= clipNorm ? gradient : gradient.map((g) => g * (clipNorm / norm));
}

type OptimizerOf<Type extends Optimizer['type']> = Extract<Optimizer, { type: Type }>;

function sgd({ learningRate }: OptimizerOf<'sgd'>, weights: Float64Array, gradient: Float64Array): void {
  for (let p = 0; p < weights.length; p++) weights[p] -= learningRate * gradient[p];
}

function momentum(
  { learningRate, momentum, nesterov }: OptimizerOf<'momentum'>,
  weights: Float64Array,
  { velocity }: Slots64,
  gradient: Float64Array,
): void {
  for (let p = 0; p < weights.length; p++) {
    velocity[p] = momentum * velocity[p] + gradient[p];
    weights[p] -= learningRate * (nesterov ? gradient[p] + momentum * velocity[p] : velocity[p]);
  }
}

function rmsprop(
  { learningRate, decay, momentum, epsilon, centered }: OptimizerOf<'rmsprop'>,
  weights: Float64Array,
  { meanSquare, velocity, meanGradient }: Slots64,
  gradient: Float64Array,
): void {
  for (let p = 0; p < weights.length; p++) {
    const g = gradient[p];
    meanSquare[p] = decay * meanSquare[p] + (1 - decay) * g * g;
    if (centered) meanGradient[p] = decay * meanGradient[p] + (1 - decay) * g;
    const variance = centered ? meanSquare[p] - meanGradient[p] ** 2 : meanSquare[p];
    velocity[p] = momentum * velocity[p] + (learningRate * g) / Math.sqrt(variance + epsilon);
    weights[p] -= velocity[p];
  }
}

function adam(
  { learningRate, beta1, beta2, epsilon }: OptimizerOf<'adam'>,
  weights: Float64Array,
  { mean, variance, betaPowers }: Slots64,
  gradient: Float64Array,
): void {
  const [power1, power2] = betaPowers;
  for (let p = 0; p < weights.length; p++) {
    const g = gradient[p];
    mean[p] = beta1 * mean[p] + (1 - beta1) * g;
    variance[p] = beta2 * variance[p] + (1 - beta2) * g * g;
    weights[p] -= (learningRate * (mean[p] / (1 - power1))) / (Math.sqrt(variance[p] / (1 - power2)) + epsilon);
  }
  betaPowers[0] *= beta1;
  betaPowers[1] *= beta2;
}

function adagrad(
  { learningRate, epsilon }: OptimizerOf<'adagrad'>,
  weights: Float64Array,
  { accumulator }: Slots64,
  gradient: Float64Array,
): void {
  for (let p = 0; p < weights.length; p++) {
    accumulator[p] += gradient[p] ** 2;
    weights[p] -= (learningRate * gradient[p]) / Math.sqrt(accumulator[p] + epsilon);
  }
}
