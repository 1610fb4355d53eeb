/**
 * The seeded generator behind all randomness of a job: initial weights, data, evaluation.
 *
 * xoshiro128** 1.1 (Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021), seeded through splitmix32.
 * Only integer arithmetic and IEEE + - * / are used, never Math.exp and the like, so the numbers are the same to the
 * bit on every machine and Node version.
 */

/** The four 32-bit words of the generator: all there is to save and restore. */
export type RandomState = [number, number, number, number];

/** What a generator is for. Each purpose draws from its own sequence, so that adding draws to one does not move the others. */
type RandomPurpose = 'weights' | 'data' | 'evaluation' | 'split' | 'diagnosis';

const purposes: readonly RandomPurpose[] = ['weights', 'data', 'evaluation', 'split', 'diagnosis'];

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor(state: RandomState) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /** The generator of one seed (an integer from 0 to 2^32 - 1) and one purpose. */
  static seeded(seed: number, purpose: RandomPurpose): Random {
    const next = splitmix32(seed ^ Math.imul(purposes.indexOf(purpose) + 1, 0x85ebca6b));
    return new Random([next(), next(), next(), next()]);
  }

  static restored(state: RandomState): Random {
    return new Random(state);
  }

  state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  restore(state: RandomState): void {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /**
   * Moves 2^64 draws ahead. What is drawn from there on never meets what was drawn from here on, unless either draws
   * more than 2^64 times: the period is 2^128 - 1.
   * (The polynomial is that of the authors' reference code; a test derives it from the step.)
   */
  jump(): void {
    const sum: RandomState = [0, 0, 0, 0];
    for (const word of [0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b]) {
      for (let bit = 0; bit < 32; bit++) {
        if ((word >>> bit) & 1) for (const [n, state] of this.state().entries()) sum[n] ^= state;
        this.bits();
      }
    }
    this.restore(sum);
  }

  /** The next 32 random bits, as an unsigned integer. */
  bits(): number {
    const b = this.#b;
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled;
  }

  /** Uniform over [0, 1), in steps of 2^-32. */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /**
   * Uniform over the integers 0 .. bound-1, where bound is at most 2^32 - 1; exact for every bound: rejection instead
   * of a remainder that favours the small.
   * Bits count if all `bound` numbers that have their quotient are numbers of 32 bits.
   */
  integer(bound: number): number {
    // Told that both are unsigned, V8 divides them as integers.
    const divisor = bound >>> 0;
    // By a power of two the remainder is the lowest bits, and no number is rejected: the same draws without the division.
    if ((divisor & (divisor - 1)) === 0) return (this.bits() & (divisor - 1)) >>> 0;
    for (;;) {
      const bits = this.bits();
      const remainder = (bits % divisor) >>> 0;
      if (bits - remainder <= 2 ** 32 - divisor) return remainder;
    }
  }

  /** Standard normal, cut off at two standard deviations, as TensorFlow's truncated_normal: by rejection under exp(-x²/2). */
  truncatedNormal(): number {
    for (;;) {
      const x = 4 * this.uniform() - 2;
      if (this.uniform() < expOfNegative((x * x) / 2)) return x;
    }
  }
}

/** exp(-y) for 0 ≤ y ≤ 2 to 1e-15: a Taylor polynomial of exp(y/8), to the eighth power, inverted. Same bits everywhere. */
function expOfNegative(y: number): number {
  const z = y / 8;
  let sum = 1;
  for (let term = 14; term >= 1; term--) sum = 1 + (sum * z) / term;
  const squared = sum * sum;
  const fourth = squared * squared;
  return 1 / (fourth * fourth);
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}

/** splitmix32 (Steele, Lea & Flood, OOPSLA 2014, with MurmurHash3's finaliser): spreads one word of seed over the state. */
function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return word ^ (word >>> 16);
  };
}
