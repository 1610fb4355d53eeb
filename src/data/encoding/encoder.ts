/**
 * What lies between the sequences of a person and the numbers of a model: standardised numbers, one-hot strings, label
 * names. Fitted on the training split, kept in every checkpoint, and applied by training and by `/predict` alike.
 */
import type { Issue } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { show } from '../../platform/input/shown.ts';
import { limits } from '../../platform/limits.ts';
import { numbersOfPool } from '../../platform/number-pool.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { largestNumber, notANumber } from '../datasets/ingest/sequence.ts';
import { type InputDomain, outsideMessage, outsideOf } from './input-domain.ts';
import { writeOneHot } from './one-hot.ts';

/** What becomes of a string that training did not know. */
export const unknownPolicies = ['refuse', 'unk'] as const;

export interface EncoderOptions {
  standardize: boolean;
  unknown: (typeof unknownPolicies)[number];
}

/** The encoder as a checkpoint keeps it: plain JSON. */
export type EncoderState =
  | {
      kind: 'numbers';
      features: number;
      /** Value v of feature i becomes (v - mean[i]) / scale[i]; a missing one becomes fill[i] first. */
      mean: number[];
      scale: number[];
      fill: number[] | null;
      /** Columns of the features in a CSV upload. */
      names?: string[];
      /** Of a built-in task, which other inputs than these are refused; checkpoints of before it was kept take all. */
      domain?: InputDomain;
    }
  | {
      kind: 'strings';
      features: number;
      /** The known strings and the one-hot place of each; with `unknown: "unk"` all others share the last place. */
      vocabulary: string[];
      places: number[];
      unknown: EncoderOptions['unknown'];
    };

/** I: numbers in a step as the model sees it. */
export function encodedFeatures(
  facts: { kind: 'numbers' | 'strings'; width: number },
  unknown: EncoderOptions['unknown'],
): number {
  return facts.width + (facts.kind === 'strings' && unknown === 'unk' ? 1 : 0);
}

/** The string of each one-hot place; undefined where unknown ones, or those seen once, share it. */
export function symbolsOf(state: Extract<EncoderState, { kind: 'strings' }>): (string | undefined)[] {
  const symbols = Array<string | undefined>(state.features).fill(undefined);
  for (const [v, place] of state.places.entries()) symbols[place] = state.vocabulary[v];
  return symbols;
}

export class InputEncoder {
  readonly state: EncoderState;
  /** One-hot place of each known string. */
  readonly #places: ReadonlyMap<string, number>;

  private constructor(state: EncoderState) {
    this.state = state;
    this.#places = new Map(state.kind === 'strings' ? state.vocabulary.map((text, v) => [text, state.places[v]]) : []);
  }

  static restored(state: EncoderState): InputEncoder {
    return new InputEncoder(state);
  }

  /** For the built-in tasks: numbers as they are. @param domain those that `encode` takes; all, if it is not given. */
  static plain(features: number, domain?: InputDomain): InputEncoder {
    return new InputEncoder({
      kind: 'numbers',
      features,
      mean: Array<number>(features).fill(0),
      scale: Array<number>(features).fill(1),
      fill: null,
      ...(domain ? { domain } : {}),
    });
  }

  /** For a dataset; what has to be learned is learned from the given sequences alone. */
  static fitted(dataset: Dataset, sequences: ArrayLike<number>, options: EncoderOptions): InputEncoder {
    return new InputEncoder(
      dataset.inputs.kind === 'numbers'
        ? fitNumbers(dataset, sequences, options.standardize)
        : fitStrings(dataset, sequences, options.unknown),
    );
  }

  get features(): number {
    return this.state.features;
  }

  /**
   * A sequence from a request as [T,I]: numbers, lists of numbers, or strings; or the numbers of all steps in one array.
   * Throws an InvalidInputError whose issues name the place (`path` and index), what stood there and what was expected.
   */
  encode(sequence: unknown, path: string): Float32Array {
    if (sequence instanceof Float32Array) return this.#encodeFlat(sequence, path);
    if (!Array.isArray(sequence) || sequence.length === 0) {
      throw invalidInput('sequence', [
        { path, message: `must be a list of at least one step, but is ${show(sequence)}` },
      ]);
    }
    const { features } = this.state;
    const encoded = numbersOfPool(sequence.length * features);
    const issues: Issue[] = [];
    // Paths are written for what is refused alone: of most requests they would take more time than the numbers.
    const plain = this.#encodePlain(sequence, encoded);
    for (let t = plain; t < sequence.length && issues.length < limits.datasetErrors; t++) {
      const issue = this.#encodeStep(sequence[t], path, encoded, t);
      if (issue) issues.push(issue);
    }
    if (issues.length > 0) throw invalidInput('sequence', issues);
    return encoded;
  }

  /**
   * Steps of one number that are nothing else, in a loop that has no other cases.
   * @returns the first step that is none, or is outside of the domain.
   */
  #encodePlain(sequence: readonly unknown[], encoded: Float32Array): number {
    const { state } = this;
    if (state.kind !== 'numbers' || state.features > 1) return 0;
    const [mean, scale, domain] = [state.mean[0], state.scale[0], state.domain];
    for (let t = 0; t < sequence.length; t++) {
      const value = sequence[t];
      if (typeof value !== 'number' || !(Math.abs(value) <= largestNumber)) return t;
      encoded[t] = (Math.fround(value) - mean) / scale;
      if (domain && outsideOf(domain, encoded, t, 1)) return t;
    }
    return sequence.length;
  }

  /** @param path of the sequence. @returns what is wrong with its step t. */
  #encodeStep(step: unknown, path: string, encoded: Float32Array, t: number): Issue | undefined {
    if (this.state.kind === 'strings') return this.#encodeString(step, path, encoded, t);
    return this.#encodeNumbers(step, path, encoded, t) ?? this.#outside(step, path, encoded, t);
  }

  /** @param values [T,I] as they were uploaded; NaN is a missing value. */
  #encodeFlat(values: Float32Array, path: string): Float32Array {
    const { state } = this;
    const { features } = state;
    const refuse = (message: string) => invalidInput('sequence', [{ path, message }]);
    if (state.kind === 'strings') throw refuse('must be strings, but is numbers');
    if (values.length === 0 || values.length % features !== 0) {
      throw refuse(`must have ${features} numbers for each of at least one step, but has ${values.length}`);
    }
    const { mean, scale, fill } = state;
    const encoded = new Float32Array(values.length);
    for (let n = 0; n < values.length; n++) {
      const i = n % features;
      const value = Number.isNaN(values[n]) && fill ? fill[i] : values[n];
      if (!Number.isFinite(value)) throw refuse(`has ${values[n]} as number ${n}, which must be finite`);
      encoded[n] = (value - mean[i]) / scale[i];
    }
    for (let t = 0; state.domain && t < encoded.length / features; t++) {
      const issue = this.#outside(values.subarray(t * features, (t + 1) * features), path, encoded, t);
      if (issue) throw invalidInput('sequence', [issue]);
    }
    return encoded;
  }

  /** What is wrong with an encoded step of a built-in task, which encodes numbers as they are. */
  #outside(given: unknown, sequencePath: string, encoded: Float32Array, t: number): Issue | undefined {
    const { state } = this;
    if (state.kind === 'strings' || !state.domain) return undefined;
    const outside = outsideOf(state.domain, encoded, t, state.features);
    if (!outside) return undefined;
    const path = `${sequencePath}[${t}]`;
    const step = given instanceof Float32Array ? [...given] : given;
    const { feature } = outside;
    if (feature === undefined || !Array.isArray(step)) return { path, message: outsideMessage(outside, step) };
    const message = outsideMessage(outside, step[feature]);
    return { path: state.features > 1 ? `${path}[${feature}]` : path, message };
  }

  #encodeString(step: unknown, path: string, encoded: Float32Array, t: number): Issue | undefined {
    const refused = (expected: string) => ({
      path: `${path}[${t}]`,
      message: `must be ${expected}, but is ${show(step)}`,
    });
    if (typeof step !== 'string') return refused('a string');
    const place = this.#placeOf(step);
    if (place === undefined) return refused(this.#vocabularyShown());
    writeOneHot(encoded, t, this.state.features, place);
    return undefined;
  }

  /** One-hot place of a string; undefined: it is unknown, and that is refused. */
  #placeOf(text: string): number | undefined {
    const unknown = this.state.kind === 'strings' && this.state.unknown === 'unk' ? this.state.features - 1 : undefined;
    return this.#places.get(text) ?? unknown;
  }

  #vocabularyShown(): string {
    const shown = [...this.#places.keys()].slice(0, 10).map(show).join(', ');
    return this.#places.size > 10
      ? `one of the ${this.#places.size} strings of the training data (${shown}, …)`
      : `one of ${shown}`;
  }

  #encodeNumbers(step: unknown, path: string, encoded: Float32Array, t: number): Issue | undefined {
    const { features } = this.state;
    const isList = Array.isArray(step);
    if (isList ? step.length !== features : features > 1) {
      const expected = features === 1 ? 'a number' : `a list of ${features} numbers`;
      return { path: `${path}[${t}]`, message: `must be ${expected}, but is ${show(step)}` };
    }
    for (let i = 0; i < features; i++) {
      const value: unknown = isList ? step[i] : step;
      const number = this.#number(value, i);
      if (number === undefined) {
        const expected = this.state.kind === 'numbers' && this.state.fill ? 'a number, or null' : 'a number';
        const place = features === 1 ? `${path}[${t}]` : `${path}[${t}][${i}]`;
        return { path: place, message: notANumber(value, expected) };
      }
      encoded[t * features + i] = number;
    }
    return undefined;
  }

  /** One value as the model sees it; undefined for what is no number. Rounded to float32 first, as an upload's numbers are. */
  #number(value: unknown, feature: number): number | undefined {
    if (this.state.kind !== 'numbers') return undefined;
    const { mean, scale, fill } = this.state;
    if (value === null && fill) return (fill[feature] - mean[feature]) / scale[feature];
    if (typeof value !== 'number' || !(Math.abs(value) <= largestNumber)) return undefined;
    return (Math.fround(value) - mean[feature]) / scale[feature];
  }

  /**
   * What writes steps of a dataset into a batch: `write(step, inputs, at)` fills inputs[at·I .. at·I+I-1] with step
   * `step` of the dataset.
   */
  writer(dataset: Dataset): (step: number, inputs: Float32Array, at: number) => void {
    const { state } = this;
    const { inputs: source } = dataset;
    if (state.kind === 'numbers' && source.kind === 'numbers') {
      const { features, mean, scale, fill } = state;
      return (step, inputs, at) => {
        for (let i = 0; i < features; i++) {
          const value = source.values[step * features + i];
          inputs[at * features + i] = ((Number.isNaN(value) && fill ? fill[i] : value) - mean[i]) / scale[i];
        }
      };
    }
    if (state.kind === 'strings' && source.kind === 'strings' && dataset.sheet.inputs.kind === 'strings') {
      const places = Int32Array.from(dataset.sheet.inputs.vocabulary, (text) => this.#placeOf(text)!);
      return (step, inputs, at) => writeOneHot(inputs, at, state.features, places[source.tokens[step]]);
    }
    throw new TypeError(`An encoder of ${state.kind} cannot encode a dataset of ${source.kind}.`);
  }
}

/** Mean and standard deviation of each feature over the sequences. A missing value becomes the mean; a constant feature is only shifted. */
function fitNumbers(dataset: Dataset, sequences: ArrayLike<number>, standardize: boolean): EncoderState {
  if (dataset.inputs.kind !== 'numbers') throw new TypeError('The dataset holds strings.');
  const { width, values } = dataset.inputs;
  const counts = new Float64Array(width);
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let s = 0; s < sequences.length; s++) {
    const end = dataset.offsets[sequences[s] + 1] * width;
    for (let at = dataset.offsets[sequences[s]] * width; at < end; at++) {
      const value = values[at];
      if (Number.isNaN(value)) continue;
      const i = at % width;
      const difference = value - means[i];
      means[i] += difference / ++counts[i];
      squares[i] += difference * (value - means[i]);
    }
  }
  const deviations = Array.from(squares, (sum, i) => Math.sqrt(sum / Math.max(counts[i], 1)));
  return {
    kind: 'numbers',
    features: width,
    mean: standardize ? [...means] : Array<number>(width).fill(0),
    scale: deviations.map((deviation) => (standardize && deviation > 0 ? deviation : 1)),
    fill: [...means],
    ...namesOf(dataset),
  };
}

/** What the features are called, where the upload says so. */
function namesOf({ sheet: { inputs } }: Dataset): { names?: string[] } {
  const names = inputs.kind === 'numbers' ? inputs.features.map(({ name }) => name) : [];
  return names.length > 0 && names.every((name) => name !== null) ? { names } : {};
}

/**
 * The place of every string is its number in the vocabulary. With "unk", strings that occur only once in the sequences
 * count as unknown ones, so that the model meets unknown strings while it learns (Jurafsky & Martin, Speech and
 * Language Processing, "Unknown words": replace what is rare in the training set).
 */
function fitStrings(dataset: Dataset, sequences: ArrayLike<number>, unknown: EncoderOptions['unknown']): EncoderState {
  if (dataset.inputs.kind !== 'strings' || dataset.sheet.inputs.kind !== 'strings') {
    throw new TypeError('The dataset holds numbers.');
  }
  const { vocabulary } = dataset.sheet.inputs;
  const counts = new Int32Array(vocabulary.length);
  for (let s = 0; s < sequences.length; s++) {
    const end = dataset.offsets[sequences[s] + 1];
    for (let step = dataset.offsets[sequences[s]]; step < end; step++) counts[dataset.inputs.tokens[step]]++;
  }
  const known = [...vocabulary.entries()].filter(([token]) => unknown === 'refuse' || counts[token] > 1);
  return {
    kind: 'strings',
    features: encodedFeatures({ kind: 'strings', width: vocabulary.length }, unknown),
    vocabulary: known.map(([, text]) => text),
    places: known.map(([token]) => token),
    unknown,
  };
}
