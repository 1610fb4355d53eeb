/**
 * The question's task: digits 0 .. base-1, uniform and independent; the class of step t is x_t + base·x_{t-1} + … + base^order·x_{t-order}.
 * With base 2 and order 1, "the current value plus twice the previous one". Knowing d of the order+1 digits leaves
 * (order+1-d)·ln(base) nats.
 */
import type { Random } from '../../model/random.ts';
import { integersTo } from '../encoding/input-domain.ts';
import { certain, type Stream, unknowable } from '../task.ts';
import { defineTask, determined } from './definition.ts';

export const binaryDigits = defineTask({
  type: 'binary-digits',
  title: 'Binary digits',
  description: 'The class of a step is x_t + base·x_{t-1} + … + base^order·x_{t-order}: base^(order+1) classes.',
  citation: 'The question that Lookback comes from: TensorFlow r0.10, "current value plus twice the previous one".',
  optimum: determined,
  fields: (z) => ({
    base: z.int().min(2).max(10).default(2).describe('Digits are 0 … base-1.'),
    order: z.int().min(0).max(6).default(1).describe('How many past digits the label depends on.'),
  }),
  task: ({ base, order }) => {
    const classes = base ** (order + 1);
    return {
      features: 1,
      inputs: { kind: 'ranges', ranges: [integersTo(base - 1)] },
      classes,
      order,
      span: order + 1,
      open: () => new DigitStream(base, order),
      optimum: certain,
      chance: () => ({ loss: Math.log(classes), accuracy: 1 / classes }),
    };
  },
  example: { batchSize: 32, sequenceLength: 50, units: 16, learningRate: 0.02, steps: 500, withinNats: 0.005 },
});

class DigitStream implements Stream {
  readonly #base: number;
  readonly #order: number;
  readonly #classes: number;
  /** The last order+1 digits as one number, the latest in the lowest place: the label, once enough were seen. */
  #window = 0;
  #seen = 0;

  constructor(base: number, order: number) {
    this.#base = base;
    this.#order = order;
    this.#classes = base ** (order + 1);
  }

  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void {
    const base = this.#base;
    const oldest = (this.#classes / base) | 0;
    const known = from + this.#order - this.#seen;
    let window = this.#window;
    for (let i = from; i < from + count; i++) {
      const digit = random.integer(base);
      // The digit of age k has the weight base^k: every older digit moves up one place, and the oldest falls out.
      // Kept to integers by `| 0`, or V8 takes a slow remainder.
      window = ((window % oldest) * base + digit) | 0;
      inputs[i] = digit;
      labels[i] = i < known ? unknowable : window;
    }
    this.#window = window;
    this.#seen = Math.min(this.#order, this.#seen + count);
  }

  state(): number[] {
    return [this.#window, this.#seen];
  }

  restore([window = 0, seen = 0]: number[]): void {
    this.#window = window;
    this.#seen = seen;
  }
}
