/**
 * How a model's distribution over the classes is judged against the label: one way for evaluation, report and prediction.
 */

/** A probability of 0 costs as much as this one, so that a single step cannot make a mean infinite. */
const leastProbability = 1e-12;

/** -ln p, in nats. */
export function lossOf(probability: number): number {
  return -Math.log(Math.max(leastProbability, probability));
}

/** The most probable of the classes at `offset`; the lowest, if several are: as the engines' accuracy has it. */
export function mostProbable(probabilities: Float32Array, offset: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (probabilities[offset + c] > probabilities[offset + best]) best = c;
  return best;
}

/** Mean loss and accuracy over steps; 0 over none. */
export class Tally {
  #steps = 0;
  #loss = 0;
  #right = 0;

  add(loss: number, isRight: boolean): void {
    this.#steps++;
    this.#loss += loss;
    if (isRight) this.#right++;
  }

  means(): { steps: number; loss: number; accuracy: number } {
    const steps = this.#steps;
    return { steps, loss: steps ? this.#loss / steps : 0, accuracy: steps ? this.#right / steps : 0 };
  }
}
