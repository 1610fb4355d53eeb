/**
 * Echo: symbols, uniform and independent, one-hot; the class of step t is the symbol of step t-lag.
 * The delayed recall by which Jaeger measures memory ("Short term memory in echo state networks", GMD Report 152, 2001).
 */

import type { Random } from '../../model/random.ts';
import { writeOneHot } from '../encoding/one-hot.ts';
import { certain, type Stream, unknowable } from '../task.ts';
import { defineTask, determined } from './definition.ts';

export const echo = defineTask({
  type: 'echo',
  title: 'Echo',
  description: 'The class of a step is the symbol that stood `lag` steps before it.',
  citation: 'H. Jaeger, Short term memory in echo state networks, GMD Report 152, 2001',
  optimum: determined,
  fields: (z) => ({
    lag: z.int().min(0).max(200).default(3).describe('How many steps later a symbol is asked for.'),
    symbols: z.int().min(2).max(64).default(4).describe('Symbols, one-hot; each is a class.'),
  }),
  task: ({ lag, symbols }) => ({
    features: symbols,
    inputs: { kind: 'one-hot' },
    classes: symbols,
    order: lag,
    span: lag + 1,
    open: () => new EchoStream(lag, symbols),
    optimum: certain,
    chance: () => ({ loss: Math.log(symbols), accuracy: 1 / symbols }),
  }),
  example: { batchSize: 32, sequenceLength: 50, units: 24, learningRate: 0.02, steps: 500, withinNats: 0.005 },
});

class EchoStream implements Stream {
  readonly #lag: number;
  readonly #symbols: number;
  /** The symbols that are still to be asked for, oldest first: at most `lag` between two steps. */
  #waiting: number[] = [];

  constructor(lag: number, symbols: number) {
    this.#lag = lag;
    this.#symbols = symbols;
  }

  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void {
    for (let i = from; i < from + count; i++) {
      const symbol = random.integer(this.#symbols);
      writeOneHot(inputs, i, this.#symbols, symbol);
      this.#waiting.push(symbol);
      labels[i] = this.#waiting.length > this.#lag ? this.#waiting.shift()! : unknowable;
    }
  }

  state(): number[] {
    return [...this.#waiting];
  }

  restore(state: number[]): void {
    this.#waiting = [...state];
  }
}
