/**
 * The directions in which a label's context may lie: back in time, across the batch, on through the rows, ahead in
 * time. One walk along each yields the contexts of any depth.
 */
import type { Sample } from './sample.ts';

/** For every step of the sample, the step before it in some direction. */
export interface Axis {
  /** [N]; -1 where there is none. */
  previous: Int32Array;
  /**
   * [N] 1: the link to `previous` crosses a border, so it may mean something else than other links do. Contexts that
   * cross are kept apart.
   */
  crosses: Uint8Array;
}

/** Where every step lies. */
export interface Positions {
  /** [N] Its row. */
  rowOf: Int32Array;
  /** [N] Its place in the row. */
  placeOf: Int32Array;
}

export function positions({ starts, labels }: Sample): Positions {
  const rowOf = new Int32Array(labels.length);
  const placeOf = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) {
    for (let i = starts[r]; i < starts[r + 1]; i++) {
      rowOf[i] = r;
      placeOf[i] = i - starts[r];
    }
  }
  return { rowOf, placeOf };
}

/** Back in time as the model sees it: within the row, and with carried state on into the row that it came from. */
export function timeAxis(sample: Sample): Axis {
  return buildAxis(sample, (r, t) => {
    if (t > 0) return [r, t - 1, 0];
    const before = r - sample.rowsPerBatch;
    return sample.stateCarried && before >= 0 ? [before, length(sample, before) - 1, 1] : undefined;
  });
}

/** Ahead in time, within the row. */
export function futureAxis(sample: Sample): Axis {
  return buildAxis(sample, (r, t) => (t + 1 < length(sample, r) ? [r, t + 1, 0] : undefined));
}

/**
 * Through the rows as they lie in memory: before a row's first step comes the last step of the row before, or of the
 * one `rowsBack` before.
 */
export function rowAxis(sample: Sample, rowsBack = 1): Axis {
  return buildAxis(sample, (r, t) => {
    if (t > 0) return [r, t - 1, 0];
    return r >= rowsBack ? [r - rowsBack, length(sample, r - rowsBack) - 1, 0] : undefined;
  });
}

/** Through the steps as they lie in memory, so many at a time. */
export function strideAxis({ labels }: Sample, stride: number): Axis {
  const previous = Int32Array.from(labels, (_, step) => (step < stride ? -1 : step - stride));
  return { previous, crosses: new Uint8Array(labels.length) };
}

/**
 * Across the batch: the same place of the row beside. The first row of a batch continues with the last row one step
 * earlier, as when a flat stream was reshaped.
 */
export function batchAxis(sample: Sample): Axis {
  const { rowsPerBatch, starts } = sample;
  return buildAxis(sample, (r, t) => {
    if (r % rowsPerBatch > 0) return t < length(sample, r - 1) ? [r - 1, t, 0] : undefined;
    const last = Math.min(r + rowsPerBatch, starts.length - 1) - 1;
    if (t > 0) return t - 1 < length(sample, last) ? [last, t - 1, 1] : undefined;
    return r > 0 ? [r - 1, length(sample, r - 1) - 1, 1] : undefined;
  });
}

function length({ starts }: Sample, row: number): number {
  return starts[row + 1] - starts[row];
}

type Link = [row: number, place: number, crosses: 0 | 1] | undefined;

function buildAxis(sample: Sample, link: (row: number, place: number) => Link): Axis {
  const steps = sample.labels.length;
  const axis = { previous: new Int32Array(steps).fill(-1), crosses: new Uint8Array(steps) };
  for (let r = 0; r + 1 < sample.starts.length; r++) {
    const start = sample.starts[r];
    for (let i = start; i < sample.starts[r + 1]; i++) {
      const to = link(r, i - start);
      if (to === undefined) continue;
      axis.previous[i] = sample.starts[to[0]] + to[1];
      axis.crosses[i] = to[2];
    }
  }
  return axis;
}

/** The inputs as symbols: one code a step. */
export interface Symbols {
  /** [N] 0 .. count-1 */
  codes: Int32Array;
  count: number;
  /** Numbers were binned: what a bin hides may show up as a dependence on its neighbours. */
  binned: boolean;
}

/** A walk from each of some steps along an axis, all at once. */
export class Walk {
  readonly #axis: Axis;
  readonly #symbols: Symbols;
  readonly #at: Int32Array;
  readonly #crossed: Uint8Array;
  /** [n] The symbol where each walker stands; a symbol beyond a border is another one, and so is no symbol at all. */
  readonly codes: Int32Array;
  /** How many codes there are. */
  readonly codeCount: number;

  constructor(axis: Axis, symbols: Symbols, from: Int32Array) {
    this.#axis = axis;
    this.#symbols = symbols;
    this.#at = from.slice();
    this.#crossed = new Uint8Array(from.length);
    this.codes = new Int32Array(from.length);
    this.codeCount = 2 * symbols.count + 1;
    this.#read();
  }

  /** One step further. */
  advance(): void {
    const { previous, crosses } = this.#axis;
    const at = this.#at;
    const crossed = this.#crossed;
    for (let j = 0; j < at.length; j++) {
      if (at[j] < 0) continue;
      crossed[j] |= crosses[at[j]];
      at[j] = previous[at[j]];
    }
    this.#read();
  }

  /** Every walker has left the data. */
  isOver(): boolean {
    return this.#at.every((at) => at < 0);
  }

  #read(): void {
    const symbols = this.#symbols.codes;
    const { count } = this.#symbols;
    const [at, crossed, codes] = [this.#at, this.#crossed, this.codes];
    for (let j = 0; j < at.length; j++) codes[j] = at[j] < 0 ? 2 * count : symbols[at[j]] + crossed[j] * count;
  }
}
