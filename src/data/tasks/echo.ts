/**
 * Echo: symbols, uniform and independent, one-hot; the class of step t is the symbol of step t-lag.
 * The delayed recall by which Jaeger measures memory ("Short term memory in echo state networks", GMD Report 152, 2001).
 */

import type { Random } from '../../model/random.ts';
import { writeOneHot } from '../one-hot.ts';
import { certain, type Stream, type Task, unknowable } from '../task.ts';

export interface EchoSpec {
  lag: number;
  symbols: number;
}

export function echo({ lag, symbols }: EchoSpec): Task {
  return {
    features: symbols,
    classes: symbols,
    order: lag,
    span: lag + 1,
    open: () => new EchoStream(lag, symbols),
    optimum: certain,
    chance: () => ({ loss: Math.log(symbols), accuracy: 1 / symbols }),
  };
}

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
