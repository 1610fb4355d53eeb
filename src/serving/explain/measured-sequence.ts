/**
 * One sequence under intervention: each input that its explained steps look at is replaced by others, and the change of
 * the probabilities at these steps measured.
 */
import { jensenShannon } from '../../diagnosis/counting/entropy.ts';
import { mostProbable } from '../../model/scoring.ts';
import type { OpenModel } from '../models/loaded-model.ts';
import { startOf } from '../probabilities.ts';
import type { ExplanationRequest, ExplanationResult } from './explanation.ts';
import { meanMove, type Replacements } from './replacements.ts';

type Request = Pick<ExplanationRequest, 'lags' | 'initialState'>;

/** For each input that one of the steps looks at, how far on the last step lies that does, in steps: 0 is the input's own. */
export function reachOfInputs(steps: readonly number[], lags: number): Map<number, number> {
  const reach = new Map<number, number>();
  for (const step of steps) {
    for (let at = Math.max(0, step - lags); at <= step; at++) reach.set(at, Math.max(reach.get(at) ?? 0, step - at));
  }
  return reach;
}

export class MeasuredSequence {
  readonly #model: OpenModel;
  readonly #inputs: Float32Array;
  readonly #steps: readonly number[];
  readonly #request: Request;
  readonly #reach: ReadonlyMap<number, number>;
  /** [T,C] */
  readonly #probabilities: Float32Array;
  /** The state before each input that is replaced; undefined: zero. */
  readonly #states = new Map<number, Float32Array | undefined>();
  /** For each explained step and input: what each replacement moved. */
  readonly #moved = new Map<string, number[]>();

  /** @param inputs [T,I] @param steps that are explained. */
  constructor(model: OpenModel, inputs: Float32Array, steps: readonly number[], request: Request) {
    this.#model = model;
    this.#inputs = inputs;
    this.#steps = [...new Set(steps)].sort((a, b) => a - b);
    this.#request = request;
    this.#reach = reachOfInputs(this.#steps, request.lags);
    const { input, head } = model.description;
    const last = this.#steps[this.#steps.length - 1];
    this.#probabilities = new Float32Array((last + 1) * head.classes);
    let state = startOf(model, request.initialState);
    for (let t = 0; t <= last; t++) {
      if (this.#reach.has(t)) this.#states.set(t, state);
      const one = inputs.subarray(t * input.features, (t + 1) * input.features);
      this.#probabilities.set(model.predictor.predict(one, 1, state), t * head.classes);
      state = model.predictor.finalState();
    }
  }

  /** Every input that one of the steps looks at. */
  inputsToReplace(): Iterable<number> {
    return this.#reach.keys();
  }

  /** Runs on from the state before the input, with each of the values in its place. */
  replace(at: number, { values }: Replacements): void {
    const { input, head } = this.#model.description;
    const [I, C] = [input.features, head.classes];
    const length = this.#reach.get(at)! + 1;
    const seenFrom = this.#steps.filter((step) => step >= at && step - at <= this.#request.lags);
    const inputs = this.#inputs.slice(at * I, (at + length) * I);
    const moved = seenFrom.map((): number[] => []);
    for (let n = 0; n < values.length; n += I) {
      inputs.set(values.subarray(n, n + I));
      const changed = this.#model.predictor.predict(inputs, length, this.#states.get(at));
      for (const [place, step] of seenFrom.entries()) {
        moved[place].push(jensenShannon(this.#probabilities, changed, C, step * C, (step - at) * C));
      }
    }
    for (const [place, step] of seenFrom.entries()) this.#moved.set(`${step} ${at}`, moved[place]);
  }

  /** Of every step, once each of its inputs was replaced. */
  explanations(sequence: number, replacements: Replacements): ExplanationResult['explanations'] {
    const C = this.#model.description.head.classes;
    return this.#steps.map((step) => {
      const first = Math.max(0, step - this.#request.lags);
      const inputs = Array.from({ length: step - first + 1 }, (_, n) => {
        const at = first + n;
        return { step: at, lag: step - at, ...meanMove(replacements, this.#moved.get(`${step} ${at}`)!) };
      });
      const predicted = mostProbable(this.#probabilities, step * C, C);
      return {
        sequence,
        step,
        class: predicted,
        probability: this.#probabilities[step * C + predicted],
        inputs: inputs.sort((a, b) => b.nats - a.nats || a.lag - b.lag),
      };
    });
  }
}
