/**
 * Temporal order (Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997, section 5.6, tasks
 * 6a and 6b): an episode begins with E, ends with B, and between them
 * stand symbols a, b, c, d at random, but for two (6a) or three (6b) far-apart places that hold X or Y. At B, and
 * only there, the class is which of X and Y stood at those places, in order.
 * With length 100 the episodes are the paper's: 100 to 110 steps, places in 10–20 and 50–60, or in 10–20, 33–43 and
 * 66–76. Episodes follow each other.
 */

import type { Random } from '../../model/random.ts';
import { writeOneHot } from '../encoding/one-hot.ts';
import { certain, type Stream, unknowable } from '../task.ts';
import { defineTask, determined } from './definition.ts';

/** The one-hot places of the inputs. */
export const temporalOrderSymbols = ['a', 'b', 'c', 'd', 'E', 'B', 'X', 'Y'] as const;
const distractors = 4;
const begin = 4;
const end = 5;
const firstMark = 6;

/** Where the places lie, in hundredths of the length: from the first number to the second, both included. */
const windows = {
  2: [
    [10, 20],
    [50, 60],
  ],
  3: [
    [10, 20],
    [33, 43],
    [66, 76],
  ],
} as const;

export const temporalOrder = defineTask({
  type: 'temporal-order',
  title: 'Temporal order',
  description: 'At the end of an episode: in which order did X and Y stand at the two or three places that hold one?',
  citation: 'S. Hochreiter & J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997, section 5.6',
  optimum: determined,
  fields: (z) => ({
    length: z.int().min(20).max(2000).default(40).describe('Shortest episode; the longest is a tenth longer.'),
    places: z
      .union([z.literal(2), z.literal(3)])
      .default(2)
      .describe('Places that hold X or Y: 2 makes 4 classes (task 6a), 3 makes 8 (task 6b).'),
  }),
  task: ({ length, places }) => {
    const classes = 2 ** places;
    const longest = length + Math.floor(length / 10);
    return {
      features: temporalOrderSymbols.length,
      inputs: { kind: 'one-hot' },
      classes,
      order: longest - 1,
      span: longest,
      open: () => new TemporalOrderStream(length, places),
      optimum: certain,
      chance: () => ({ loss: Math.log(classes), accuracy: 1 / classes }),
    };
  },
  example: { batchSize: 64, sequenceLength: 44, units: 16, learningRate: 0.01, steps: 500, withinNats: 0.005 },
});

class TemporalOrderStream implements Stream {
  readonly #shortest: number;
  readonly #places: 2 | 3;
  #position = 0;
  #length = 0;
  #marked: number[] = [];
  #class = 0;

  constructor(length: number, places: 2 | 3) {
    this.#shortest = length;
    this.#places = places;
  }

  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void {
    for (let i = from; i < from + count; i++) {
      if (this.#position === 0) this.#begin(random);
      const last = this.#position === this.#length - 1;
      writeOneHot(inputs, i, temporalOrderSymbols.length, this.#symbol(random, last));
      labels[i] = last ? this.#class : unknowable;
      this.#position = last ? 0 : this.#position + 1;
    }
  }

  #begin(random: Random): void {
    this.#length = this.#shortest + random.integer(Math.floor(this.#shortest / 10) + 1);
    this.#marked = windows[this.#places].map(([from, to]) => {
      const first = Math.floor((from * this.#shortest) / 100);
      return first + random.integer(Math.floor((to * this.#shortest) / 100) - first + 1);
    });
    this.#class = 0;
  }

  /** The symbol of this step; X and Y enter the class as the bits 0 and 1, the first place highest. */
  #symbol(random: Random, last: boolean): number {
    if (this.#position === 0) return begin;
    if (last) return end;
    if (!this.#marked.includes(this.#position)) return random.integer(distractors);
    const bit = random.integer(2);
    this.#class = 2 * this.#class + bit;
    return firstMark + bit;
  }

  state(): number[] {
    return [this.#position, this.#length, this.#class, ...this.#marked];
  }

  restore([position = 0, length = 0, order = 0, ...marked]: number[]): void {
    this.#position = position;
    this.#length = length;
    this.#class = order;
    this.#marked = marked;
  }
}
