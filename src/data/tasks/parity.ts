/**
 * Parity: bits, uniform and independent; the class of step t is x_t ⊕ x_{t-1} ⊕ … ⊕ x_{t-order}.
 * All but one of those bits say nothing at all about the class, so a learner has no partial success to climb on
 * (Minsky & Papert, Perceptrons, 1969, chapter 3).
 */
import type { Random } from '../../model/random.ts';
import { integersTo } from '../encoding/input-domain.ts';
import { certain, type Stream, unknowable } from '../task.ts';
import { defineTask, determined } from './definition.ts';

export const parity = defineTask({
  type: 'parity',
  title: 'Parity',
  description: 'Bits; the class of a step is the sum modulo 2 of the last order+1 of them.',
  citation: 'M. Minsky & S. Papert, Perceptrons, MIT Press, 1969, chapter 3',
  optimum: determined,
  fields: (z) => ({
    order: z.int().min(0).max(20).default(2).describe('How many past bits are summed with the present one.'),
  }),
  task: ({ order }) => ({
    features: 1,
    inputs: { kind: 'ranges', ranges: [integersTo(1)] },
    classes: 2,
    order,
    span: order + 1,
    open: () => new ParityStream(order),
    optimum: certain,
    chance: () => ({ loss: Math.LN2, accuracy: 0.5 }),
  }),
  example: { batchSize: 32, sequenceLength: 50, units: 16, learningRate: 0.02, steps: 500, withinNats: 0.005 },
});

class ParityStream implements Stream {
  readonly #order: number;
  /** The last order+1 bits, the latest in the lowest place. */
  #window = 0;
  #seen = 0;

  constructor(order: number) {
    this.#order = order;
  }

  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void {
    const places = 2 ** (this.#order + 1) - 1;
    for (let i = from; i < from + count; i++) {
      const bit = random.integer(2);
      this.#window = ((this.#window << 1) | bit) & places;
      inputs[i] = bit;
      labels[i] = this.#seen < this.#order ? unknowable : parityOf(this.#window);
      if (this.#seen < this.#order) this.#seen++;
    }
  }

  state(): number[] {
    return [this.#window, this.#seen];
  }

  restore([window = 0, seen = 0]: number[]): void {
    this.#window = window;
    this.#seen = seen;
  }
}

/** Sum of the bits modulo 2, by folding the word in halves. */
function parityOf(word: number): number {
  let folded = word ^ (word >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  folded ^= folded >>> 2;
  return (folded ^ (folded >>> 1)) & 1;
}
