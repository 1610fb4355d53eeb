/**
 * The embedded Reber grammar (Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997, section
 * 5.1, figures 3 and 4): the label of a step is the next symbol.
 *
 * A string is B, then T or P, then a string of the Reber grammar (B … E), then the same T or P again, then E; each of
 * two ways is taken with probability 1/2. The second T or P can only
 * be known by remembering the first. Strings follow each other without a mark but their symbols, as in Gers,
 * Schmidhuber & Cummins, "Learning to forget", Neural Computation 12, 2000.
 */

import type { Random } from '../../model/random.ts';
import { writeOneHot } from '../encoding/one-hot.ts';
import { type Attainable, attainableFrom, type Stream } from '../task.ts';
import { defineTask } from './definition.ts';

/** The symbols in the order of their one-hot places and classes. */
export const reberSymbols = ['B', 'T', 'P', 'S', 'X', 'V', 'E'] as const;
type Symbol = (typeof reberSymbols)[number];

/** A way out of a node: the symbol that is written, and the node that it leads to. */
type Edge = readonly [symbol: Symbol, to: number];

const start = 0;
const afterFirst = 1;
const last = 2;
const branchLength = 8;

/**
 * The grammar as one graph: nodes 0 and 1 begin a string, node 2 ends it, and between them lies a copy of the Reber
 * grammar for each of T and P.
 */
const grammar: readonly (readonly Edge[])[] = [
  [['B', afterFirst]],
  [
    ['T', 3],
    ['P', 3 + branchLength],
  ],
  [['E', start]],
  ...branch('T', 3),
  ...branch('P', 3 + branchLength),
];

/** The eight nodes of one copy, the first of which is number `first`: the inner string, then `outer` once more. */
function branch(outer: 'T' | 'P', first: number): Edge[][] {
  const node = (offset: number) => first + offset;
  return [
    [['B', node(1)]],
    [
      ['T', node(2)],
      ['P', node(3)],
    ],
    [
      ['S', node(2)],
      ['X', node(4)],
    ],
    [
      ['T', node(3)],
      ['V', node(5)],
    ],
    [
      ['X', node(3)],
      ['S', node(6)],
    ],
    [
      ['P', node(4)],
      ['V', node(6)],
    ],
    [['E', node(7)]],
    [[outer, last]],
  ];
}

export const reber = defineTask({
  type: 'reber',
  title: 'Embedded Reber grammar',
  description:
    'Strings of the embedded Reber grammar, one-hot over B T P S X V E; the class of a step is the next symbol.',
  citation: 'S. Hochreiter & J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997, section 5.1',
  optimum:
    'A string has 12 symbols on average, 7 of them a fair choice between two: 7·ln(2)/12 nats, accuracy 17/24, in the long run.',
  fields: () => ({}),
  task: () => ({
    features: reberSymbols.length,
    inputs: { kind: 'one-hot' },
    classes: reberSymbols.length,
    order: Number.POSITIVE_INFINITY,
    span: 1,
    open: () => new ReberStream(),
    optimum: (steps) => optimumOver(steps === undefined ? visitsPerString() : visitsIn(steps)),
    chance: () => attainableFrom(labelProbabilities()),
  }),
  example: { batchSize: 8, sequenceLength: 40, units: 12, learningRate: 0.02, steps: 1000, withinNats: 0.01 },
});

class ReberStream implements Stream {
  /** The symbol that comes next, as its one-hot place, and the node after it. */
  #symbol = reberSymbols.indexOf('B');
  #node = afterFirst;

  fill(random: Random, inputs: Float32Array, labels: Int32Array, from: number, count: number): void {
    for (let i = from; i < from + count; i++) {
      writeOneHot(inputs, i, reberSymbols.length, this.#symbol);
      const ways = grammar[this.#node];
      const [symbol, to] = ways[ways.length === 1 ? 0 : random.integer(ways.length)];
      this.#symbol = reberSymbols.indexOf(symbol);
      this.#node = to;
      labels[i] = this.#symbol;
    }
  }

  state(): number[] {
    return [this.#symbol, this.#node];
  }

  restore([symbol = reberSymbols.indexOf('B'), node = afterFirst]: number[]): void {
    this.#symbol = symbol;
    this.#node = node;
  }
}

/** For each symbol of a stream from its start: the symbols that the grammar allows after it. Throws where the stream leaves the grammar. */
export function reberSuccessors(symbols: readonly number[]): number[][] {
  let node = start;
  return symbols.map((symbol, position) => {
    const way = grammar[node].find(([name]) => name === reberSymbols[symbol]);
    if (!way) throw new RangeError(`Symbol ${position}, ${reberSymbols[symbol]}, is not allowed by the grammar.`);
    node = way[1];
    return grammar[node].map(([name]) => reberSymbols.indexOf(name));
  });
}

/** How often each node is expected to choose the next symbol in the first `steps` steps of a stream. */
function visitsIn(steps: number): number[] {
  const visits = grammar.map((): number => 0);
  let mass = grammar.map((_, node): number => (node === afterFirst ? 1 : 0));
  for (let step = 0; step < steps; step++) {
    for (const [node, share] of mass.entries()) visits[node] += share;
    mass = moved(mass);
  }
  return visits;
}

/** The same for one whole string, until what is still on its way is below the precision of a double. */
function visitsPerString(): number[] {
  const visits = grammar.map((): number => 0);
  let mass = grammar.map((_, node): number => (node === start ? 1 : 0));
  while (mass.some((share) => share > 1e-17)) {
    for (const [node, share] of mass.entries()) visits[node] += share;
    mass = moved(mass);
    mass[start] = 0;
  }
  return visits;
}

function moved(mass: readonly number[]): number[] {
  const next = mass.map(() => 0);
  for (const [node, ways] of grammar.entries()) {
    for (const [, to] of ways) next[to] += mass[node] / ways.length;
  }
  return next;
}

/** A node with two ways costs ln 2 and is guessed right every other time: 7·ln(2)/12 and 17/24 in the long run. */
function optimumOver(visits: readonly number[]): Attainable {
  const steps = visits.reduce((sum, count) => sum + count, 0);
  const mean = (value: (ways: number) => number) =>
    visits.reduce((sum, count, node) => sum + count * value(grammar[node].length), 0) / steps;
  return { loss: mean(Math.log), accuracy: mean((ways) => 1 / ways) };
}

function labelProbabilities(): number[] {
  const visits = visitsPerString();
  const length = visits.reduce((sum, count) => sum + count, 0);
  const probabilities = reberSymbols.map(() => 0);
  for (const [node, ways] of grammar.entries()) {
    for (const [symbol] of ways) probabilities[reberSymbols.indexOf(symbol)] += visits[node] / ways.length / length;
  }
  return probabilities;
}
