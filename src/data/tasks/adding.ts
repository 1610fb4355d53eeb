/**
 * The adding problem as classes (Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997,
 * section 5.4): every step holds a value, uniform over [0, 1), and a mark;
 * two steps of an episode are marked, and its last step asks in which of `classes` equal parts of [0, 2) the sum of
 * the two marked values lies. All other steps have no label.
 * One mark falls in each half of the episode (Arjovsky, Shah & Bengio, "Unitary evolution recurrent neural networks",
 * ICML 2016). Episodes follow each other.
 */
import type { Random } from '../../model/random.ts';
import { integersTo } from '../encoding/input-domain.ts';
import { attainableFrom, certain, type Stream, unknowable } from '../task.ts';
import { defineTask, determined } from './definition.ts';

export const adding = defineTask({
  type: 'adding',
  title: 'The adding problem, as classes',
  description:
    'Each step is [value, mark]; the last step of an episode asks for the sum of the two marked values, as one of `classes` equal parts of [0, 2).',
  citation: 'S. Hochreiter & J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997, section 5.4',
  optimum: determined,
  fields: (z) => ({
    length: z.int().min(2).max(2000).default(50).describe('Steps of an episode; only its last one has a label.'),
    classes: z.int().min(2).max(32).default(4).describe('Equal parts of [0, 2) among which the sum is sought.'),
  }),
  task: ({ length, classes }) => ({
    features: 2,
    inputs: { kind: 'ranges', ranges: [{ from: 0, to: 1, onlyIntegers: false }, integersTo(1)] },
    classes,
    order: length - 1,
    span: length,
    open: () => new AddingStream(length, classes),
    optimum: certain,
    chance: () => attainableFrom(sumProbabilities(classes)),
  }),
  // A sum beside the border of two parts is told apart only by ever larger weights: the last tenths of a nat take long.
  example: {
    task: { length: 20 },
    batchSize: 64,
    sequenceLength: 20,
    units: 24,
    learningRate: 0.01,
    steps: 2500,
    withinNats: 0.3,
  },
});

/** How probable each class is: the sum of two uniform values has the triangular distribution over [0, 2). */
export function sumProbabilities(classes: number): number[] {
  const below = (sum: number) => (sum <= 1 ? sum ** 2 / 2 : 1 - (2 - sum) ** 2 / 2);
  return Array.from({ length: classes }, (_, c) => below((2 * (c + 1)) / classes) - below((2 * c) / classes));
}

class AddingStream implements Stream {
  readonly #length: number;
  readonly #classes: number;
  #position = 0;
  #marks: [number, number] = [0, 0];
  #sum = 0;

  constructor(length: number, classes: number) {
    this.#length = length;
    this.#classes = classes;
  }

  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void {
    for (let i = from; i < from + count; i++) {
      if (this.#position === 0) this.#begin(random);
      // A multiple of 2^-24 is exact in float32, so that the model sees the very number that is summed.
      const value = (random.bits() >>> 8) / 2 ** 24;
      const marked = this.#marks.includes(this.#position);
      if (marked) this.#sum += value;
      inputs[2 * i] = value;
      inputs[2 * i + 1] = marked ? 1 : 0;
      const last = this.#position === this.#length - 1;
      labels[i] = last ? Math.floor((this.#sum * this.#classes) / 2) : unknowable;
      this.#position = last ? 0 : this.#position + 1;
    }
  }

  #begin(random: Random): void {
    const half = Math.floor(this.#length / 2);
    this.#marks = [random.integer(half), half + random.integer(this.#length - half)];
    this.#sum = 0;
  }

  state(): number[] {
    return [this.#position, ...this.#marks, this.#sum];
  }

  restore([position = 0, first = 0, second = 0, sum = 0]: number[]): void {
    this.#position = position;
    this.#marks = [first, second];
    this.#sum = sum;
  }
}
