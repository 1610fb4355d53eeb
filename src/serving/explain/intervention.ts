/**
 * Which inputs moved the probabilities at a step, and by how much: each is replaced by draws from the data, one after the
 * other, and the change of the probabilities measured. The report does the same for a model as a whole
 * (`diagnosis/report/influence.ts`, which names the source); here it is done for the inputs of one sequence.
 */
import { jensenShannon } from '../../diagnosis/counting/entropy.ts';
import { forwardFlops } from '../../model/cost.ts';
import { Random } from '../../model/random.ts';
import { mostProbable } from '../../model/scoring.ts';
import type { Issue } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { limits } from '../../platform/limits.ts';
import type { OpenModel } from '../models/loaded-model.ts';
import { encodeSequences, startOf } from '../probabilities.ts';
import type { ExplanationRequest, ExplanationResult } from './explanation.ts';

type Explanations = ExplanationResult['explanations'];

/**
 * @param draws inputs as the model sees them, [n,I], to put in the place of others.
 * @param isAwaited asked before each input: if nobody waits for the answer any more, the explanations end there.
 * @throws InvalidInputError with the path of each step that there is not, or when it would take too much.
 */
export function explainSequences(
  model: OpenModel,
  request: ExplanationRequest,
  draws: (encoded: readonly Float32Array[]) => Float32Array,
  isAwaited: () => boolean,
): Explanations {
  const encoded = encodeSequences(request.sequences, model);
  const I = model.description.input.features;
  const wanted = encoded.map(({ length }, s) => request.steps?.[s] ?? [length / I - 1]);
  checkSteps(request, wanted, encoded, model);
  const random = Random.seeded(request.seed, 'diagnosis');
  const values = draws(encoded);
  return encoded.flatMap((inputs, s) => {
    const measured = new Measured(model, inputs, wanted[s], request);
    for (const at of measured.inputsToReplace()) {
      if (!isAwaited()) return [];
      for (let n = 0; n < request.replacements; n++) {
        const draw = random.integer(values.length / I);
        measured.replace(at, values.subarray(draw * I, (draw + 1) * I));
      }
    }
    return measured.explanations(s);
  });
}

function checkSteps(
  { steps, lags, replacements, sequences }: ExplanationRequest,
  wanted: readonly number[][],
  encoded: readonly Float32Array[],
  { description }: OpenModel,
): void {
  if (steps && steps.length !== sequences.length) {
    const message = `must have an entry for each of the ${sequences.length} sequences, but has ${steps.length}`;
    throw invalidInput('request', [{ path: 'steps', message }]);
  }
  const issues: Issue[] = wanted.flatMap((list, s) =>
    list.flatMap((step, n) => {
      const length = encoded[s].length / description.input.features;
      if (step < length) return [];
      return [
        {
          path: `steps[${s}][${n}]`,
          message: `must be less than ${length}, the length of the sequence, but is ${step}`,
        },
      ];
    }),
  );
  if (issues.length > 0) throw invalidInput('request', issues.slice(0, limits.errors));
  const runs = wanted.flat().length * (lags + 1) * replacements;
  const flops =
    runs * forwardFlops(description, lags + 1) +
    forwardFlops(description, stepsIn(encoded, description.input.features));
  if (flops <= limits.predictFlops) return;
  const message = `would take ${flops.toExponential(1)} floating-point operations; the limit is ${limits.predictFlops.toExponential(0)}: ask for fewer steps, lags or replacements`;
  throw invalidInput('request', [{ path: 'steps', message }]);
}

function stepsIn(encoded: readonly Float32Array[], features: number): number {
  return encoded.reduce((sum, { length }) => sum + length / features, 0);
}

/** One sequence under intervention. */
class Measured {
  readonly #model: OpenModel;
  readonly #inputs: Float32Array;
  readonly #steps: readonly number[];
  readonly #request: ExplanationRequest;
  /** [T,C] */
  readonly #probabilities: Float32Array;
  /** The state before each step that may be replaced. */
  readonly #states: (Float32Array | undefined)[] = [];
  /** By the explained step and the replaced one. */
  readonly #sums = new Map<string, number>();

  constructor(model: OpenModel, inputs: Float32Array, steps: readonly number[], request: ExplanationRequest) {
    this.#model = model;
    this.#inputs = inputs;
    this.#steps = [...new Set(steps)].sort((a, b) => a - b);
    this.#request = request;
    const { input, head } = model.description;
    const last = this.#steps[this.#steps.length - 1];
    this.#probabilities = new Float32Array((last + 1) * head.classes);
    let state = startOf(model, request.initialState);
    for (let t = 0; t <= last; t++) {
      this.#states.push(state);
      const one = inputs.subarray(t * input.features, (t + 1) * input.features);
      this.#probabilities.set(model.predictor.predict(one, 1, state), t * head.classes);
      state = model.predictor.finalState();
    }
  }

  /** Every input that is at most `lags` before one of the steps. */
  inputsToReplace(): number[] {
    const { lags } = this.#request;
    const last = this.#steps[this.#steps.length - 1];
    return Array.from({ length: last + 1 }, (_, at) => at).filter((at) => this.#seenFrom(at, lags).length > 0);
  }

  /** The steps that look at an input. */
  #seenFrom(at: number, lags: number): number[] {
    return this.#steps.filter((step) => step >= at && step - at <= lags);
  }

  /** Runs on from the state before the input, with another value in its place. */
  replace(at: number, value: Float32Array): void {
    const { input, head } = this.#model.description;
    const seen = this.#seenFrom(at, this.#request.lags);
    const length = seen[seen.length - 1] - at + 1;
    const inputs = this.#inputs.slice(at * input.features, (at + length) * input.features);
    inputs.set(value);
    const changed = this.#model.predictor.predict(inputs, length, this.#states[at]);
    const C = head.classes;
    for (const step of seen) {
      const moved = jensenShannon(this.#probabilities, changed, C, step * C, (step - at) * C);
      const key = `${step} ${at}`;
      this.#sums.set(key, (this.#sums.get(key) ?? 0) + moved);
    }
  }

  explanations(sequence: number): Explanations {
    const { lags, replacements } = this.#request;
    const C = this.#model.description.head.classes;
    return this.#steps.map((step) => {
      const first = Math.max(0, step - lags);
      const inputs = Array.from({ length: step - first + 1 }, (_, n) => {
        const at = first + n;
        return { step: at, lag: step - at, nats: (this.#sums.get(`${step} ${at}`) ?? 0) / replacements };
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
