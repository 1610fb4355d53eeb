/**
 * The optimisers as TensorFlow's fused updates of resource variables, on one flat vector: one or a few ops a step.
 * Their semantics are those of `model/optimizer.ts`.
 */
import { type Optimizer, type OptimizerSlots, unknownOptimizer } from '../../model/optimizer.ts';
import type { Ops } from './ops.ts';
import type { TensorId } from './tensors.ts';

/** The parameters and the slots of their optimiser, as variables that are updated in place. */
export class Parameters {
  readonly #ops: Ops;
  readonly #optimizer: Optimizer;
  readonly #weights: TensorId;
  readonly #slots: Record<string, TensorId> = {};
  /** adam's, kept here: two numbers that an op would read from memory anyway. */
  readonly #betaPowers: Float32Array | undefined;
  /** Scalars that stay the same from step to step. */
  readonly #scalars: Record<string, TensorId> = {};

  constructor(ops: Ops, optimizer: Optimizer, weights: Float32Array, slots: OptimizerSlots) {
    this.#ops = ops;
    this.#optimizer = optimizer;
    this.#weights = makeVariable(ops, weights);
    const { betaPowers, ...vectors } = slots;
    this.#betaPowers = betaPowers?.slice();
    for (const [name, values] of Object.entries(vectors)) this.#slots[name] = makeVariable(ops, values);
    for (const [name, value] of Object.entries(optimizer)) {
      if (typeof value === 'number') this.#scalars[name] = ops.own(() => ops.scalar(value));
    }
    this.#scalars.two = ops.own(() => ops.scalar(2));
  }

  /** The present weights, for the scope at hand. */
  weights(): TensorId {
    return this.#ops.readVariable(this.#weights);
  }

  /** The slots' values, in the order in which they were given. */
  slots(): OptimizerSlots {
    const values = Object.entries(this.#slots).map(([name, id]) => [name, readVariable(this.#ops, id)] as const);
    return { ...Object.fromEntries(values), ...(this.#betaPowers && { betaPowers: this.#betaPowers.slice() }) };
  }

  /** One update with the gradient [P], which is clipped first. */
  update(gradient: TensorId): void {
    this.#ops.scope(() => this.#apply(this.#clip(gradient)));
  }

  dispose(): void {
    for (const variable of [this.#weights, ...Object.values(this.#slots)]) this.#ops.destroyVariable(variable);
    this.#ops.delete(...Object.values(this.#scalars));
  }

  /** gradient · clipNorm / max(norm, clipNorm): a factor of exactly 1 where nothing is to be clipped. */
  #clip(gradient: TensorId): TensorId {
    const ops = this.#ops;
    const { clipNorm, two } = this.#scalars;
    if (clipNorm === undefined) return gradient;
    const norm = ops.sqrt(ops.multiply(ops.halfSquaredNorm(gradient), two));
    return ops.multiply(gradient, ops.divide(clipNorm, ops.maximum(norm, clipNorm)));
  }

  #apply(gradient: TensorId): void {
    const ops = this.#ops;
    const weights = this.#weights;
    const { velocity, meanSquare, meanGradient } = this.#slots;
    const { learningRate, decay, momentum, epsilon } = this.#scalars;
    switch (this.#optimizer.type) {
      case 'sgd':
        ops.apply('ResourceApplyGradientDescent', [weights, learningRate, gradient]);
        break;
      case 'momentum': {
        const inputs = [weights, velocity, learningRate, gradient, momentum];
        ops.apply('ResourceApplyMomentum', inputs, this.#optimizer.nesterov);
        break;
      }
      case 'rmsprop': {
        const rates = [learningRate, decay, momentum, epsilon];
        if (meanGradient === undefined) {
          ops.apply('ResourceApplyRMSProp', [weights, meanSquare, velocity, ...rates, gradient]);
        } else {
          ops.apply('ResourceApplyCenteredRMSProp', [weights, meanGradient, meanSquare, velocity, ...rates, gradient]);
        }
        break;
      }
      case 'adam':
        this.#adam(gradient, this.#optimizer);
        break;
      case 'adagrad':
        this.#adagrad(gradient);
        break;
      default:
        throw unknownOptimizer(this.#optimizer);
    }
  }

  /**
   * ResourceApplyAdam computes w -= lr·√(1-β2ᵗ)/(1-β1ᵗ) · m / (√v + ε'), the form before section 2.1 of Kingma & Ba
   * (2015); with ε' = ε·√(1-β2ᵗ) that is w -= lr · m/(1-β1ᵗ) / (√(v/(1-β2ᵗ)) + ε), which is tf.train's.
   */
  #adam(gradient: TensorId, { beta1, beta2, epsilon }: Extract<Optimizer, { type: 'adam' }>): void {
    const ops = this.#ops;
    const powers = this.#betaPowers!;
    ops.apply('ResourceApplyAdam', [
      this.#weights,
      this.#slots.mean,
      this.#slots.variance,
      ops.scalar(powers[0]),
      ops.scalar(powers[1]),
      this.#scalars.learningRate,
      this.#scalars.beta1,
      this.#scalars.beta2,
      ops.scalar(epsilon * Math.sqrt(1 - powers[1])),
      gradient,
    ]);
    powers[0] *= Math.fround(beta1);
    powers[1] *= Math.fround(beta2);
  }

  /** TensorFlow's own adagrad adds ε after the square root, tf.train before it. */
  #adagrad(gradient: TensorId): void {
    const ops = this.#ops;
    const { accumulator } = this.#slots;
    ops.assignAdd(accumulator, ops.square(gradient));
    const scale = ops.sqrt(ops.add(ops.readVariable(accumulator), this.#scalars.epsilon));
    const direction = ops.divide(gradient, scale);
    ops.apply('ResourceApplyGradientDescent', [this.#weights, this.#scalars.learningRate, direction]);
  }
}

let variables = 0;

/** A variable that starts as a copy of `values` [P]. */
function makeVariable(ops: Ops, values: Float32Array): TensorId {
  return ops.scope((keep) => {
    const variable = keep(ops.variable(`lookback-${variables++}`, [values.length]));
    // The variable takes over the tensor's memory, and updates it in place: it must be nobody else's.
    ops.assign(variable, ops.floats([values.length], values.slice()));
    return variable;
  });
}

function readVariable(ops: Ops, variable: TensorId): Float32Array {
  return ops.scope(() => ops.read(ops.readVariable(variable)));
}
