/**
 * Numbers for the labels and strings of an upload: given in the order in which they appear, put into sorted order at
 * the end, so that a class or a one-hot place does not depend on it.
 */

export type Name = number | string;

export class NameTable<N extends Name> {
  readonly #numbers = new Map<N, number>();
  readonly #counts: number[] = [];

  get size(): number {
    return this.#numbers.size;
  }

  /** The number of a name, a new one if it is new. */
  add(name: N): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(name, number);
      this.#counts.push(0);
    }
    this.#counts[number]++;
    return number;
  }

  /** The names sorted, how often each was added, and for each number given so far the one that it has now. */
  sorted(convert: (names: N[]) => Name[] = (names) => names): { names: Name[]; counts: number[]; moved: Int32Array } {
    const names = convert([...this.#numbers.keys()]);
    const order = names.map((_, number) => number).sort((a, b) => compare(names[a], names[b]));
    const moved = new Int32Array(names.length);
    for (const [place, number] of order.entries()) moved[number] = place;
    return { names: order.map((number) => names[number]), counts: order.map((number) => this.#counts[number]), moved };
  }
}

/** Integers by value, strings by their UTF-16 units: the same order on every machine, whatever its language. */
function compare(a: Name, b: Name): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const integer = /^(0|-?[1-9]\d{0,14})$/;

/** Labels of a CSV are text; where every one of them is an integer, they are integers. */
export function integersIfAll(names: Name[]): Name[] {
  return names.every((name) => integer.test(String(name))) ? names.map(Number) : names;
}
