/**
 * The optimisers, as plain data: which state each keeps. Their semantics are those of tf.train in tfjs 4.22, in
 * float32; each engine implements the update beside its gradients.
 *
 * With gradient g (already clipped), learning rate lr:
 * - sgd:      w -= lr·g
 * - momentum: velocity = momentum·velocity + g;  w -= lr·velocity, or with nesterov lr·(g + momentum·velocity)
 * - rmsprop:  meanSquare = decay·meanSquare + (1-decay)·g²;  [centered: meanGradient = decay·meanGradient + (1-decay)·g]
 *             velocity = momentum·velocity + lr·g / sqrt(meanSquare [- meanGradient²] + epsilon);  w -= velocity
 * - adam:     mean = beta1·mean + (1-beta1)·g;  variance = beta2·variance + (1-beta2)·g²;
 *             w -= lr · mean/(1-betaPower1) / (sqrt(variance/(1-betaPower2)) + epsilon), with betaPowers beta1, beta2
 *             at the first step, multiplied by beta1, beta2 after each (kept in float32, as tfjs does)
 * - adagrad:  accumulator += g²;  w -= lr·g / sqrt(accumulator + epsilon)
 */

export type Optimizer = (
  | { type: 'sgd' }
  | { type: 'momentum'; momentum: number; nesterov: boolean }
  | { type: 'rmsprop'; decay: number; momentum: number; epsilon: number; centered: boolean }
  | { type: 'adam'; beta1: number; beta2: number; epsilon: number }
  | { type: 'adagrad'; initialAccumulator: number; epsilon: number }
) & {
  learningRate: number;
  /**
   * The gradient, as one vector over all parameters, is scaled down to this Euclidean norm if it is longer
   * (tf.clip_by_global_norm); null: never.
   */
  clipNorm: number | null;
};

/** Optimiser state by name. Every slot is as long as the flat parameter vector, except adam's `betaPowers` [2]. */
export type OptimizerSlots = Record<string, Float32Array>;

/** The slots an optimiser starts with, in the order in which a checkpoint stores them. */
export function initialSlots(optimizer: Optimizer, parameters: number): OptimizerSlots {
  switch (optimizer.type) {
    case 'sgd':
      return {};
    case 'momentum':
      return { velocity: new Float32Array(parameters) };
    case 'rmsprop':
      return {
        meanSquare: new Float32Array(parameters),
        velocity: new Float32Array(parameters),
        ...(optimizer.centered ? { meanGradient: new Float32Array(parameters) } : {}),
      };
    case 'adam':
      return {
        mean: new Float32Array(parameters),
        variance: new Float32Array(parameters),
        betaPowers: Float32Array.of(optimizer.beta1, optimizer.beta2),
      };
    case 'adagrad':
      return { accumulator: new Float32Array(parameters).fill(optimizer.initialAccumulator) };
    default:
      throw unknownOptimizer(optimizer);
  }
}

/** What a switch over all optimisers ends with: it does not compile where one is missing. */
export function unknownOptimizer(optimizer: never): TypeError {
  return new TypeError(`There is no optimiser ${JSON.stringify(optimizer)}.`);
}
